# SPDX-License-Identifier: Apache-2.0
"""One edit from a file to a file: the same session, client and messages as in a paint program."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from protocol.edits import EditModel, ParamError, from_params
from protocol.messages import JobPlanned
from protocol.plugin.document.recipe_restore import Again
from protocol.plugin.engine import Engine
from protocol.plugin.host import HostError, Level
from protocol.plugin.layer_names import with_keys
from protocol.plugin.session.blocking import finish, put_in
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.session.progress import SessionError
from protocol.plugin.snapshot import check_named, layers_in, wants_of
from protocol.plugin.strings import Strings
from protocol.recipe import RecipeError
from protocol.sentences import told
from protocol.store import Store, default_folder
from server.cli.output_options import Manner
from server.cli.outputs import free_name
from server.cli.problem import FAILED, USAGE, Problem
from server.cli.words import of_os_error, sentence
from server.engine.api import EngineError
from server.engine.edits.runners import edits_with
from server.engine.models.generator_files import inspect_generator, is_generator
from server.engine.models.layout import inspect
from server.engine.models.registry import register
from server.files import FileError

from .check import check_edit, check_format, check_out, check_source
from .connect import Keeper, connected_client
from .edit_command import Request
from .file_host import FileHost
from .progress import Watch
from .progress_json import LineWatch, watch_for
from .report import Done, report
from .save import save

WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle", ".onnx")
CHECKPOINTS = (".pkl", ".pickle", ".pt", ".pth", ".ckpt")
LONGEST_S = 24 * 3600.0
OWN_FAULT = (
    "param.invalid",
    "host",
    "op.unsupported",
    "model.missing",
    "model.refused",
    "cancelled",
)
"""Failures that come from what was asked, not from the engine."""


def run(request: Request) -> None:
    """`pullbrush edit`: check, edit, save, say what was done. Raises Problem."""
    assert request.out is not None
    source, out = request.source, request.out
    with sentences(source, out):
        check_source(source)
        replace = check_out(source, out, overwrite=request.overwrite)
        host, params = opened(request)
        check_format(host, out)
        check_edit(host, request.model, params)
        taken = Again(kind=request.model.kind, params=params)
        done = edit_file(host, taken, manner=request.manner)
        out = written(host, out, replace=replace, mark_ai=request.mark_ai)
    report(done, out, request.manner, command=f"edit {request.model.kind}")


def opened(request: Request) -> tuple[FileHost, dict[str, object]]:
    """The picture of a request and its parameters. Raises Problem, FileError."""
    if request.layer is not None and request.merged:
        raise Problem("--layer names one layer and --merged takes all; give one of them.")
    host = FileHost(
        path=request.source,
        layer=request.layer,
        merged=request.merged,
        mask=request.pictures.get("mask"),
    )
    return host, named_layers(host, request.model, checked_params(request.model, request.params))


def named_layers(
    host: FileHost, model: EditModel, params: Mapping[str, object]
) -> dict[str, object]:
    """The parameters with the file's own keys for layers and pictures that they name. Raises Problem, HostError."""
    keys: dict[str, str] = {}
    for want in layers_in(wants_of(model, params, "")):
        try:
            keys[want.key] = host.key_for(want.key)
        except HostError as problem:
            raise want.problem(told(problem)) from None
    params = with_keys(model.fields, params, keys)
    check_named(host, wants_of(model, params, ""))
    return params


@contextmanager
def sentences(*names: Path) -> Generator[None]:
    """Makes problems with files and recipes, `names` among them, into sentences for who sits there."""
    try:
        yield
    except (FileError, HostError, RecipeError) as problem:
        known = (name.name for name in names)
        raise Problem(sentence(told(problem), *known)) from None


def written(host: FileHost, out: Path, *, replace: bool, mark_ai: bool) -> Path:
    """Save the result; where somebody else has written meanwhile, beside it. Returns the file. Raises Problem."""
    place = out if replace else free_name(out)
    try:
        save(host, place, mark_ai=mark_ai)
    except (FileError, OSError) as problem:
        why = of_os_error(problem, place.name) if isinstance(problem, OSError) else told(problem)
        text = f"{sentence(why, place.name)} Make room, or name another place, and run it again."
        raise Problem(text, code=FAILED, name="output.unwritable") from None
    return place


def checked_params(model: EditModel, params: Mapping[str, object]) -> dict[str, object]:
    """The parameters with a model's path replaced by its name; raises Problem when impossible."""
    params = dict(params)
    field = model.model_field or ""
    named = params.get(field)
    if isinstance(named, str) and is_path(named):
        params[field] = register_model(Path(named), model.kind)
    try:
        from_params(model.kind, params)
    except ParamError as problem:
        raise Problem(sentence(problem.message)) from None
    return params


def is_path(name: str) -> bool:
    """Whether `--model` names a place on disk instead of a model the engine has."""
    return "/" in name or "\\" in name or Path(name).suffix in WEIGHTS or Path(name).is_dir()


def register_model(path: Path, kind: str = "") -> str:
    """Give the artist's own model a name; raises Problem for what can be refused at once."""
    place = path.expanduser()
    if not place.exists():
        raise Problem(f"There is no model {path}; check the name, or see `pullbrush models`.")
    if place.is_file() and place.suffix in CHECKPOINTS and kind in edits_with("generator"):
        raise Problem(
            f"{place.name} is a checkpoint, which could run code when it is opened. Convert it first: "
            f"pullbrush models convert {path}"
        )
    if place.is_file() and place.suffix != ".safetensors":
        raise Problem(
            f"{place.name} is not a .safetensors file. Other formats can run code when they are "
            "opened; convert it to safetensors first."
        )
    try:
        # what can never be used must not stay in the list of models
        if is_generator(place):
            inspect_generator(place)
        else:
            inspect(place)
        return register(place)
    except EngineError as problem:
        raise Problem(sentence(problem.message)) from None
    except OSError as problem:
        why = of_os_error(problem)
        raise Problem(f"The model's name cannot be kept. {why}") from None


def edit_file(host: FileHost, taken: Again, *, manner: Manner) -> Done:
    """Run one edit through an engine; the result is in `host.results`. Raises Problem, HostError."""
    _ = host.picture  # a file that cannot be read is found before an engine is started
    with watch_for(manner) as watch, connected_client(watch.say) as client:
        host.on_message = _teller(watch)
        for note in host.notes:
            watch.note(note)
        if taken.dropped:
            watch.say(Strings().text("note.dropped", names=", ".join(taken.dropped)))
        session = EditSession(host, Engine(client), store=Store(default_folder()))
        keeper = Keeper(client, watch.say)
        started = time.monotonic()

        def tick() -> None:
            watch.tick(session)
            keeper.look()

        try:
            taken.take_up(session)
            finish(session, LONGEST_S, tick)
            outcome = put_in(session, LONGEST_S, tick)
        except SessionError as problem:
            code = USAGE if problem.code in OWN_FAULT else FAILED
            raise Problem(sentence(problem.message), code=code, name=problem.code) from None
        except KeyboardInterrupt:
            _stop(session)
            raise
        finally:
            session.close()
    # what is said is what the file holds: a copy is the whole layer
    notes = (*host.notes, *outcome.notes)
    outcome = replace(outcome, layers=tuple(host.results), notes=notes)
    planned = None if session.plan is None else with_notes(session.plan, host)
    return Done(outcome=outcome, seconds=time.monotonic() - started, plan=planned)


def with_notes(plan: JobPlanned, host: FileHost) -> JobPlanned:
    """The engine's plan with what there is to know of the file."""
    said = (note.message for note in host.notes)
    return replace(plan, notes=(*host.notes, *plan.notes), warnings=(*said, *plan.warnings))


def _teller(watch: Watch | LineWatch) -> Callable[[Level, str], None]:
    """Errors are left out here: they end the edit, and are said once, at the end."""
    return lambda level, text: None if level == "error" else watch.say(text)


def _stop(session: EditSession) -> None:
    """Ask the engine to stop, and give it a moment to say that it did."""
    session.cancel()
    deadline = time.monotonic() + 5.0
    while session.stage == "stopping" and time.monotonic() < deadline:
        session.tick()
        session.engine.connection.sleep(0.05)
