# SPDX-License-Identifier: Apache-2.0
"""`pullbrush bench model`: how well a model paints what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from server.cli.problem import FAILED, Problem
from server.cli.streams import console
from server.worker.threads import calm

from .report import write_json

if TYPE_CHECKING:
    from server.lab.evaluate.prompts.model import ModelReport
    from server.lab.evaluate.prompts.paint import Time
    from server.lab.evaluate.prompts.row import Earlier, Inversion, Row
    from server.lab.training.pictures import Pictures


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asked for; see its options."""

    model: str
    prompts: int
    steps: int
    scale: float
    inversions: int
    shaped: int
    processes: int
    half: bool
    sheet: Path | None
    before: Path | None
    json: Path | None


def model(wanted: Wanted) -> None:
    """Make pictures from held-out prompts with a model and let the evaluator read them."""
    folder = folder_of(wanted.model)
    calm()
    from server.lab.evaluate.prompts.model import Plan, Shown, bench_model
    from server.lab.evaluate.prompts.paint import Way
    from server.lab.evaluate.prompts.row import read_earlier

    screen, shown = console(), Shown()

    def on_pictures(done: int, _pictures: Pictures) -> None:
        screen.print(f"  {done} of {wanted.prompts} pictures")

    try:
        earlier = None if wanted.before is None else read_earlier(wanted.before)
        plan = Plan(
            prompts=wanted.prompts,
            inversions=wanted.inversions,
            shaped=wanted.shaped,
            processes=wanted.processes,
        )
        way = Way(steps=wanted.steps, scale=wanted.scale, half=wanted.half)
        report = bench_model(folder, plan, way, on_pictures=on_pictures, shown=shown)
    except ValueError as problem:
        raise Problem(f"{problem}.") from None
    except OSError as problem:
        said = f"The model in {wanted.model} cannot be measured: {problem}"
        raise Problem(said, code=FAILED) from None
    screen.print(table(report, earlier))
    for line in lines(report, earlier):
        screen.print(line)
    if wanted.sheet is not None:
        write_sheets(wanted.sheet, shown.kept)
    write_json(wanted.json, report.as_dict())


def write_sheets(place: Path, kept: dict[str, list[Pictures]]) -> None:
    """The model's pictures at `place`, all others beside it under their headings."""
    from server.lab.training.sheets import in_rows, write_sheet

    for index, (heading, pictures) in enumerate(kept.items()):
        name = "-".join(heading.replace(",", "").split())
        path = place if index == 0 else place.with_name(f"{place.stem}-{name}{place.suffix}")
        write_sheet(path, [row for some in pictures for row in in_rows(some)])


def folder_of(name: str) -> Path:
    """A folder as it was given, or the folder of a model that is known by name."""
    from server.engine.api import EngineError
    from server.engine.models.catalogue import Catalogue

    given = Path(name)
    if (given / "model_index.json").is_file():
        return given
    if given.is_dir() or given.parent != Path():
        raise Problem(f"{name} holds no model: there is no model_index.json in it.")
    try:
        path = Catalogue().profile(name).path
    except EngineError as problem:
        raise Problem(problem.message) from None
    if path is None or not path.is_dir():
        raise Problem(f"{name} is not a folder in diffusers' layout, which this bench needs.")
    return path


def table(report: ModelReport, earlier: Earlier | None = None) -> Table:
    """The share of claims that hold, one column for each row of the report; before those of an earlier one."""
    title = f"{report.prompts} prompts, {report.way.steps} steps, guidance {report.way.scale:g}"
    if earlier is not None:
        title = f"{title}; before: {earlier.prompts} prompts"
    made = Table(title=title, box=None, header_style="bold", title_justify="left")
    old = () if earlier is None else earlier.rows
    rows = (*report.bounds, *old, *report.rows[len(report.bounds) :])
    for head in ("claims", "made", *(row.name for row in rows)):
        made.add_column(head)
    for sort, share in report.made.claims.items():
        made.add_row(sort, str(share.made), *(_part(row, sort) for row in rows))
    made.add_row("Fréchet distance", "", *map(_distance, rows))
    return made


def _part(row: Row, sort: str) -> str:
    share = row.claims.get(sort)
    return "" if share is None else f"{100 * share.part:.1f} %"


def _distance(row: Row) -> str:
    return "" if row.frechet is None else f"{row.frechet:.3f}"


def lines(report: ModelReport, earlier: Earlier | None = None) -> Sequence[str]:
    """What does not fit the table."""
    old = () if earlier is None else earlier.rows
    found = [
        f"{row.name}: a picture took {_seconds(row.time)}."
        for row in (*old, *report.rows)
        if row.time is not None
    ]
    if earlier is not None and earlier.inversion is not None:
        found.append(f"Before: {_inverted(earlier.inversion)}")
    if report.inversion is not None:
        found.append(_inverted(report.inversion))
    if (speed := report.speed) is not None:
        few = "" if speed.few is None else f", from words in few steps {_seconds(speed.few)}"
        found.append(
            f"One picture alone, {speed.threads} threads: encode {_seconds(speed.encode)}, decode "
            f"{_seconds(speed.decode)}, from words {_seconds(speed.full)}{few}."
        )
    for shape in report.shapes:
        sorts = ("all claims", "what is named", "colors of things", "number of mountains")
        kept = ", ".join(
            f"{sort} {100 * shape.made[sort].part:.0f} % (true renders {100 * shape.true[sort].part:.0f} %)"
            for sort in sorts
            if sort in shape.made
        )
        found.append(f"{shape.frame.width} x {shape.frame.height}: {kept}.")
    return found


def _seconds(taken: Time) -> str:
    return f"{taken.clock:.3g} s ({taken.computing:.3g} s of computing)"


def _inverted(i: Inversion) -> str:
    text = f"Inverted and made again in {i.steps} steps: {i.psnr:.2f} dB over {i.pictures} pictures"
    return f"{text}; the autoencoder alone {i.ceiling:.2f} dB."
