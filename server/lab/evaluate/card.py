# SPDX-License-Identifier: Apache-2.0
"""Put figures into a model's card: python -m server.lab.evaluate.card --model FOLDER --json MODEL.json.

Between `<!-- parts -->` or `<!-- measured -->` and the next `<!-- end -->` of MODEL_CARD.md stands what was counted in
the folder and what `bench model --json` found. `--sheet` also makes small copies of the bench's sheets for the docs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from server.lab.evaluate.card_parts import filled, parts_table
from server.lab.evaluate.prompts.row import BOUNDS, Row, read_earlier, row_of
from server.lab.training.bundle import CARD

SORTS = {
    "what is named": "what the prompt names is there, ≥ 95 %",
    "colors of things": "colors of things, ≥ 90 %",
    "number of mountains": "number of mountains, ≥ 80 %",
    "count": "all numbers",
    "place": "left, right, in front, behind, above",
    "all claims": "all claims",
}
"""Lines of the table, with the target where there is one."""
COLORS = 255


def measured_table(stored: dict[str, Any], before: tuple[Row, ...] = ()) -> str:
    """The tables of a report as `bench model --json` wrote it; `before`: rows of an earlier model."""
    rows = [row_of(row) for row in stored["rows"]]
    columns = [*rows[:BOUNDS], *before, *rows[BOUNDS:]]
    lines = [
        f"{stored['prompts']} held-out prompts, {stored['steps']} DDIM steps, guidance {stored['scale']:g}:",
        "",
        "| claims that hold | " + " | ".join(row.name for row in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for sort, said in SORTS.items():
        if sort in rows[BOUNDS].claims:
            lines.append(_line(said, (_percent(row, sort) for row in columns)))
    lines.append(_line("Fréchet distance", (_distance(row) for row in columns)))
    lines += ["", *_rest(stored)]
    return "\n".join(lines) + "\n"


def _line(head: str, cells: Iterator[str]) -> str:
    return f"| {head} | " + " | ".join(cells) + " |"


def _percent(row: Row, sort: str) -> str:
    return f"{100 * row.claims[sort].part:.1f} %" if sort in row.claims else ""


def _distance(row: Row) -> str:
    return "" if row.frechet is None else f"{row.frechet:.2f}"


def _rest(stored: dict[str, Any]) -> Iterator[str]:
    """Inversion, speed and other shapes, one line each."""
    if (i := stored["inversion"]) is not None:
        yield (
            f"- DDIM inversion in {i['steps']} steps and back, without guidance: {i['psnr']:.1f} dB over "
            f"{i['pictures']} pictures; the autoencoder alone {i['ceiling']:.1f} dB."
        )
    if (speed := stored["speed"]) is not None:
        names = {
            "encode": "encoded",
            "decode": "decoded",
            "full": "made",
            "few": "made in few steps",
        }
        said = ", ".join(
            f"{word} in {speed[name]['computing']:.2f} s"
            for name, word in names.items()
            if speed[name]
        )
        yield f"- One 256² picture, computing time of {speed['threads']} threads together: {said}."
    for shape in stored["shapes"]:
        pairs = (shape["made"]["all claims"], shape["true"]["all claims"])
        kept = "{:.0f} % of all claims hold (of true renders {:.0f} %)".format(
            *(100 * p for p in pairs)
        )
        yield f"- At {shape['width']} × {shape['height']}: {kept}."


def smaller(sheet: Path, to: Path) -> None:
    """A copy of a sheet at half its size with a palette, small enough for the repository."""
    with Image.open(sheet) as whole:
        half = whole.convert("RGB").reduce(2)
        half.quantize(COLORS).save(to, optimize=True)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--model", type=Path, default=Path("server/engine/models/bundled/scenes"))
    read.add_argument("--json", type=Path, default=Path("out/bench-model.json"))
    read.add_argument("--before", type=Path, help="an earlier model's JSON")
    read.add_argument("--sheet", type=Path, help="what `bench model --sheet` wrote")
    read.add_argument("--images", type=Path, default=Path("docs/images"))
    args = read.parse_args()
    stored = json.loads(args.json.read_text("utf-8"))
    before = read_earlier(args.before).rows if args.before else ()
    card = args.model / CARD
    text = filled(
        card.read_text("utf-8"),
        {"parts": parts_table(args.model), "measured": measured_table(stored, before)},
    )
    card.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{card}\n")
    if args.sheet is not None:
        for path in sorted(args.sheet.parent.glob(f"{args.sheet.stem}*{args.sheet.suffix}")):
            to = args.images / f"scenes-samples{path.name.removeprefix(args.sheet.stem)}"
            smaller(path, to)
            sys.stdout.write(f"{to}, {to.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
