# SPDX-License-Identifier: Apache-2.0
"""Put figures into the card of a generator: python -m server.lab.evaluate.gan.card --model FOLDER --landmarks FILE …

Each FILE is what figures, landmarks.benchmark or inversion printed; its table takes the place of the section's old one.
The table of parts is counted in the folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from server.lab.evaluate.card_parts import filled, parts_table
from server.lab.training.bundle import CARD

SECTIONS = ("figures", "landmarks", "inversion")


def table_of(text: str) -> str:
    """The lines of a table in what a command printed. Raises ValueError when there is none."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    if len(lines) < 3:
        raise ValueError("there is no table in it")
    return "\n".join(lines) + "\n"


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--model", type=Path, default=Path("server/engine/models/bundled/heads-gan"))
    for name in SECTIONS:
        read.add_argument(f"--{name}", type=Path)
    args = read.parse_args()
    given = {name: path for name in SECTIONS if (path := getattr(args, name)) is not None}
    tables = {name: table_of(path.read_text("utf-8")) for name, path in given.items()}
    card = args.model / CARD
    sections = {"parts": parts_table(args.model), **tables}
    card.write_text(filled(card.read_text("utf-8"), sections), encoding="utf-8")
    sys.stdout.write(f"{card}: {', '.join(sections)}\n")


if __name__ == "__main__":
    main()
