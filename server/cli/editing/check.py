# SPDX-License-Identifier: Apache-2.0
"""Everything that can be known about an edit before an engine is asked: one step, and no work in vain.

The engine's own rules are asked, not repeated: its plan and the placing of handles and mask need neither a network nor
torch, so they are done here on the very pixels that would be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from protocol.edits import DragPath, EditModel, ParamError, from_params
from protocol.plugin.snapshot import Want, layers_in, wants_of
from server.cli.outputs import check_no_folder, check_outputs
from server.cli.problem import USAGE, Problem
from server.cli.words import sentence
from server.engine.api import EngineError, Picture, Plan, Ready, Rect
from server.engine.canvas import rects
from server.files import check_can_hold, check_writable_name
from server.worker.product_engines import quick

from .file_host import FileHost
from .pixels import cut
from .save import flat


def check_source(source: Path) -> None:
    """See that there is a file to read. Raises Problem."""
    try:
        if source.is_dir():
            raise Problem(f"“{source}” is a folder; name a picture in it.", name="input.folder")
        if not source.exists():
            raise Problem(f"There is no file {source}; check its name.", name="input.missing")
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise Problem(f"{source} cannot be opened: {why}.") from None


def check_out(source: Path, out: Path, *, overwrite: bool) -> bool:
    """See that the result can be written there; whether a file may be replaced. Raises Problem, FileError."""
    check_no_folder(out)
    check_writable_name(out)
    if out.resolve() == source.resolve():
        raise Problem(
            f"{out} is the picture itself; name another file after -o.", name="output.source"
        )
    return check_outputs([out], overwrite=overwrite)


def check_format(host: FileHost, out: Path) -> None:
    """See that the format of `out` holds what will be written. Raises FileError."""
    if out.suffix.lower() == ".ora":
        return
    # a gray layer among others becomes what they show together, whose depth may be another one
    mixed = host.picture.is_gray and len(host.document.layers) > 1
    check_can_hold(out, flat(host) if mixed else host.picture)


def check_edit(
    host: FileHost, model: EditModel, params: Mapping[str, object], crop: Rect | None = None
) -> Plan:
    """What the engine would refuse, and its plan. Raises Problem, FileError, HostError."""
    check_points(host, model, params)
    selection = host.read_selection(None)  # an empty or unreadable mask is found here
    bounds = None if selection is None else selection.bounds
    engine = quick()
    try:
        edit = from_params(model.kind, params)
        plan = engine.plan(
            edit, document=host.document.size, selection=bounds, ready=Ready(worker=False)
        )
        kept = crop is not None and rects.contains(crop, plan.region)
        rect = crop if kept and crop else plan.read_rect
        engine.check(edit, _pictures(host, rect, layers_in(wants_of(model, params, ""))))
    except ParamError as problem:
        raise Problem(sentence(problem.message)) from None
    except EngineError as problem:
        raise Problem(sentence(problem.message), code=USAGE, name=problem.code) from None
    return plan


def check_points(host: FileHost, model: EditModel, params: Mapping[str, object]) -> None:
    """A drag that starts or ends outside the picture pulls nothing. Raises Problem."""
    width, height = host.document.size
    edit = from_params(model.kind, params)
    paths: tuple[DragPath, ...] = getattr(edit, model.drags_field or "", ())
    for path in paths:
        for x, y in (path.points[0], path.points[-1]):
            if not (0 <= x < width and 0 <= y < height):
                raise Problem(
                    f"--drag: the point {x:.0f},{y:.0f} lies outside the picture, which is "
                    f"{width} × {height} pixels. Coordinates count from its upper left corner."
                )


def _pictures(host: FileHost, rect: Rect, named: Sequence[Want]) -> dict[str, Picture]:
    """What would be sent: the source, the mask if there is one, named layers, over the rectangle that is read."""
    found = {"source": _over(host.picture, rect, host.document.size)}
    if host.selection is not None:
        found["mask"] = _over(host.selection, rect, host.document.size)
    for want in named:
        found[want.role] = _over(host.picture_over(want.key), rect, host.document.size)
    return found


def _over(picture: Picture, rect: Rect, document: tuple[int, int]) -> Picture:
    return replace(picture, pixels=cut(picture, rect), rect=rect, document=document)
