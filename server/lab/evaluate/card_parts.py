# SPDX-License-Identifier: Apache-2.0
"""The sections of a model's card: between `<!-- name -->` and the next `<!-- end -->` stands what was measured."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from math import prod
from pathlib import Path

from safetensors import safe_open


def filled(card: str, sections: Mapping[str, str]) -> str:
    """The card with these sections anew. Raises ValueError when one has no place in it."""
    for name, text in sections.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not place.search(card):
            raise ValueError(f"the card has no section <!-- {name} --> … <!-- end -->")
        card = place.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", card, count=1)
    return card


def parts_table(folder: Path) -> str:
    """Parameters, bytes and SHA-256 of every file of weights."""
    lines = ["| file | parameters | bytes | SHA-256 |", "|---|---|---|---|"]
    for path in sorted(folder.rglob("*.safetensors")):
        with safe_open(path, "np") as file:
            many = sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.relative_to(folder).as_posix()
        lines.append(f"| `{name}` | {many:,} | {path.stat().st_size:,} | `{digest[:16]}…` |")
    return "\n".join(lines) + "\n"
