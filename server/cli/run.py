# SPDX-License-Identifier: Apache-2.0
"""One edit from a file to a file: the same session, client and messages as in a paint program."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from protocol.edits import DragGan, EditModel, ParamError, from_params
from protocol.plugin.engine import Engine
from protocol.plugin.film import Film
from protocol.plugin.host import HostError, Level, Rect
from protocol.plugin.outcome import Outcome
from protocol.plugin.script import finish
from protocol.plugin.session import EditSession
from protocol.plugin.work import SessionError
from protocol.store import Store, default_folder
from server.engine.api import EngineError
from server.engine.models.generator_files import inspect_generator, is_generator
from server.engine.models.layout import inspect
from server.engine.models.registry import register
from server.files import FileError, check_writable_name

from .connect import Keeper, connected_client
from .edit import Request
from .file_host import FileHost
from .options import field_options
from .problem import FAILED, USAGE, Problem
from .save import save
from .watch import Watch

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


@dataclass(frozen=True, kw_only=True)
class Done:
    """An edit that worked, and how long it took."""

    outcome: Outcome
    seconds: float


def run(request: Request) -> None:
    """`pullbrush edit`: check, edit, save, say what was done. Raises Problem."""
    try:
        check_writable_name(request.out)
        if request.out.resolve() == request.source.resolve():
            raise Problem(f"{request.out} is the picture itself; name another file after -o.")
        if request.layer is not None and request.merged:
            raise Problem("--layer names one layer and --merged takes all; give one of them.")
        host = FileHost(
            path=request.source,
            layer=request.layer,
            merged=request.merged,
            mask=request.pictures.get("mask"),
        )
        params = checked_params(request.model, request.params)
        check_points(host, request.model, params)
        done = edit_file(host, request.model.kind, params, quiet=request.quiet)
        save(host, request.out)
    except FileError as problem:
        raise Problem(sentence(str(problem))) from None
    except HostError as problem:
        raise Problem(sentence(str(problem))) from None
    if not request.quiet:
        Console().print(summary(done, request.out), highlight=False, soft_wrap=True)


def checked_params(model: EditModel, params: Mapping[str, object]) -> dict[str, object]:
    """The parameters with a model's path replaced by its name; raises Problem when impossible."""
    params = dict(params)
    named = params.get("model")
    if isinstance(named, str) and is_path(named):
        params["model"] = register_model(Path(named), model.kind)
    try:
        from_params(model.kind, params)
    except ParamError as problem:
        raise Problem(sentence(f"{flag_of(model, problem.path)} {problem.message}")) from None
    return params


def is_path(name: str) -> bool:
    """Whether `--model` names a place on disk instead of a model the engine has."""
    return "/" in name or "\\" in name or Path(name).suffix in WEIGHTS or Path(name).is_dir()


def register_model(path: Path, kind: str = "") -> str:
    """Give the artist's own model a name; raises Problem for what can be refused at once."""
    place = path.expanduser()
    if not place.exists():
        raise Problem(f"There is no model {path}; check the name, or see `pullbrush models`.")
    if place.is_file() and place.suffix in CHECKPOINTS and kind == DragGan.KIND:
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
        raise Problem(f"The model's name cannot be kept: {problem.strerror}.") from None


def flag_of(model: EditModel, path: str) -> str:
    """The option a problem is about, as it is typed."""
    name = path.split(".")[0].split("[")[0]
    for option in field_options(model):
        if name in option.fields:
            return option.flag
    return name


def check_points(host: FileHost, model: EditModel, params: Mapping[str, object]) -> None:
    """A drag that starts outside the picture pulls nothing; say so before an engine is started."""
    width, height = host.document.size
    edit = from_params(model.kind, params)
    for path in getattr(edit, "drags", ()):
        for x, y in (path.points[0], path.points[-1]):
            if not (0 <= x <= width and 0 <= y <= height):
                raise Problem(
                    f"--drag: the point ({x:g}, {y:g}) lies outside the picture, which is "
                    f"{width} × {height} pixels. Coordinates count from its upper left corner."
                )
    host.read_selection(None)  # an empty or unreadable mask is found here


def edit_file(
    host: FileHost,
    kind: str,
    params: Mapping[str, object],
    *,
    quiet: bool,
    crop: Rect | None = None,
    film: Film | None = None,
) -> Done:
    """Run one edit through an engine; the result is in `host.results`. Raises Problem, HostError.

    `crop` is the rectangle that a recipe read: the same pixels come only from the same rectangle. `film` are a recipe's
    frames, out of which one is taken.
    """
    _ = host.picture  # a file that cannot be read is found before an engine is started
    console = Console(stderr=True)
    with Watch(console, quiet=quiet) as watch, connected_client(watch.say) as client:
        host.on_message = _teller(watch)
        session = EditSession(host, Engine(client), store=Store(default_folder()))
        keeper = Keeper(client, watch.say)
        started = time.monotonic()

        def tick() -> None:
            watch.tick(session)
            keeper.look()

        try:
            session.choose(kind, params, crop=crop, film=film)
            outcome = finish(session, LONGEST_S, tick)
            session.apply()
        except SessionError as problem:
            code = USAGE if problem.code in OWN_FAULT else FAILED
            raise Problem(sentence(problem.message), code=code) from None
        except KeyboardInterrupt:
            _stop(session)
            raise
        finally:
            session.close()
    return Done(outcome=outcome, seconds=time.monotonic() - started)


def _teller(watch: Watch) -> Callable[[Level, str], None]:
    """Errors are left out here: they end the edit, and are said once, at the end."""
    return lambda level, text: None if level == "error" else watch.say(text)


def _stop(session: EditSession) -> None:
    """Ask the engine to stop, and give it a moment to say that it did."""
    session.cancel()
    deadline = time.monotonic() + 5.0
    while session.stage == "stopping" and time.monotonic() < deadline:
        session.tick()
        session.engine.connection.sleep(0.05)


def summary(done: Done, out: Path) -> str:
    """What was done, in one line."""
    layer = done.outcome.layers[0]
    x, y, width, height = layer.pixels.rect
    evaluations = done.outcome.metrics.get("evaluations")
    counted = f", {evaluations} network evaluations" if evaluations else ""
    return (
        f"{out}: “{layer.name}” lies {layer.placement} the source at ({x}, {y}), "
        f"{width} × {height} pixels, seed {done.outcome.seed} "
        f"({done.seconds:.1f} s{counted})."
    )


def sentence(text: str) -> str:
    """The text as a sentence: a capital (unless it begins with the name of a file), a full stop."""
    text = text.strip()
    if text and text[-1] not in ".!?":
        text += "."
    first = text.split(" ", 1)[0]
    return text if "." in first or first.startswith("-") else text[:1].upper() + text[1:]
