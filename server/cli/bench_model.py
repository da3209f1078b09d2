# SPDX-License-Identifier: Apache-2.0
"""`pullbrush bench model`: how well a model paints what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from server.worker.threads import calm

from .bench import write_json
from .problem import FAILED, Problem

if TYPE_CHECKING:
    from server.lab.evaluate.prompts_model import ModelReport, Row


def model(
    name: str,
    prompts: int,
    steps: int,
    scale: float,
    inversions: int,
    sheet: Path | None,
    place: Path | None,
) -> None:
    """Make pictures from held-out prompts with a model and let the evaluator read them."""
    folder = folder_of(name)
    calm()
    from server.lab.evaluate.prompts_model import Way, bench_model
    from server.lab.training.pictures import Pictures
    from server.lab.training.sheets import write_sheet

    console, first = Console(), list[Pictures]()

    def on_pictures(done: int, pictures: Pictures) -> None:
        if len(first) < 6:
            first.append(pictures)
        console.print(f"  {done} of {prompts} pictures", highlight=False)

    try:
        report = bench_model(
            folder,
            count=prompts,
            way=Way(steps=steps, scale=scale),
            inversions=inversions,
            on_pictures=on_pictures,
        )
    except ValueError as problem:
        raise Problem(f"{problem}.") from None
    except OSError as problem:
        raise Problem(f"The model in {name} cannot be read: {problem}", code=FAILED) from None
    console.print(table(report))
    for line in lines(report):
        console.print(line, highlight=False)
    if sheet is not None:
        sheet.parent.mkdir(parents=True, exist_ok=True)
        write_sheet(sheet, first)
    write_json(place, report.as_dict())


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


def table(report: ModelReport) -> Table:
    """The share of claims that hold, one column for each row of the report."""
    title = f"{report.prompts} prompts, {report.way.steps} steps, guidance {report.way.scale:g}"
    made = Table(title=title, box=None, header_style="bold", title_justify="left")
    for head in ("claims", "made", *(row.name for row in report.rows)):
        made.add_column(head)
    for sort, share in report.made.claims.items():
        cells = (f"{100 * row.claims[sort].part:.1f} %" for row in report.rows)
        made.add_row(sort, str(share.made), *cells)
    made.add_row("Fréchet distance", "", *map(_distance, report.rows))
    return made


def _distance(row: Row) -> str:
    return "" if row.frechet is None else f"{row.frechet:.3f}"


def lines(report: ModelReport) -> Sequence[str]:
    """What does not fit the table."""
    found: list[str] = []
    for row in report.rows:
        if row.time is not None:
            text = f"{row.name}: a picture took {row.time.clock:.2f} s"
            found.append(f"{text}, {row.time.computing:.2f} s of computing.")
    if report.inversion is not None:
        i = report.inversion
        text = f"Inverted and made again in {i.steps} steps: {i.psnr:.2f} dB over {i.pictures} pictures"
        found.append(f"{text}; the autoencoder alone {i.ceiling:.2f} dB.")
    return found
