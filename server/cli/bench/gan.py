# SPDX-License-Identifier: Apache-2.0
"""`pullbrush bench draggan`: what an iteration of a live drag costs beside the published loop, on the same weights."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.table import Table

from server.cli.problem import FAILED, Problem
from server.cli.streams import console
from server.engine.api import EngineError
from server.engine.gan.config import widths
from server.engine.models.catalogue import Catalogue
from server.worker.threads import calm

from .report import write_json

WIDTHS = {"small": (4096, 128), "full": (32768, 512)}
"""channel_base and the most channels of random generators: a small one, and config F's own."""
LARGEST_APART = 1e-4


def _channels(size: int, width: str) -> tuple[int, ...]:
    base, most = WIDTHS[width]
    return widths(size, base=base, most=most)


def _folder(model: str) -> Path:
    """Of a model's name, or the folder itself. Raises EngineError."""
    return Path(model) if "/" in model else Catalogue().generator(model).path


def draggan(model: str, size: int, width: str, steps: int, place: Path | None) -> None:
    """Count operations, measure both loops in turn, and compare where they end."""
    if width not in WIDTHS or not 1 <= steps <= 1000:
        raise Problem(f"--width must be {' or '.join(WIDTHS)}, and --steps 1 to 1000.")
    try:
        channels = () if model else _channels(size, width)
        folder = _folder(model) if model else None
        calm()
        from server.lab.evaluate.drag_cost import Subject, measure

        subject = Subject.random(channels) if folder is None else Subject.stored(folder)
        speed, cost = measure(subject, steps=steps), subject.cost()
    except EngineError as problem:
        raise Problem(problem.message, code=FAILED) from None
    except ValueError as problem:
        raise Problem(f"{problem}.") from None
    table = Table(box=None, header_style="bold")
    for head in ("iteration", "billion operations", "share", "ms", "share"):
        table.add_column(head)
    rows = (
        ("published, with its picture", cost.published, speed.published_ms),
        ("ours", cost.ours, speed.ours_ms),
        ("ours, with a picture", cost.with_picture, speed.with_picture_ms),
    )
    for name, operations, ms in rows:
        counted, timed = operations / cost.published, ms / speed.published_ms
        table.add_row(
            name, f"{operations / 1e9:.2f}", f"{counted:.3f}", f"{ms:.1f}", f"{timed:.3f}"
        )
    screen = console()
    screen.print(f"{subject.name}, {speed.size} pixels, median of {speed.steps}")
    screen.print(table)
    same = speed.same_handles and speed.apart < LARGEST_APART
    screen.print(
        f"{1000 / speed.with_picture_ms:.1f} iterations a second, each with its picture. By the same rules: "
        f"handles {'the same' if speed.same_handles else 'DIFFERENT'}, w apart by {speed.apart:.1e}.",
        highlight=False,
        soft_wrap=True,
    )
    write_json(
        place, {**speed.as_dict(), **cost.as_dict(), "subject": subject.name, "passed": same}
    )
    if not same:
        raise typer.Exit(1)
