# SPDX-License-Identifier: Apache-2.0
"""The figures of `bench model`, as they are written to JSON and read back to stand beside newer ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from server.lab.evaluate.prompts.held_out import Share
from server.lab.evaluate.prompts.paint import Time


@dataclass(frozen=True, kw_only=True)
class Row:
    """One set of pictures for the prompts: claims kept, Fréchet distance to other renders, time per picture."""

    name: str
    claims: dict[str, Share]
    frechet: float | None
    time: Time | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        claims = {
            sort: {"held": share.held, "made": share.made, "part": round(share.part, 4)}
            for sort, share in self.claims.items()
        }
        taken = None if self.time is None else vars(self.time)
        return {"name": self.name, "claims": claims, "frechet": self.frechet, "seconds": taken}


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """Inverted without guidance and made again: PSNR in dB to the picture, and the autoencoder's own."""

    pictures: int
    steps: int
    psnr: float
    ceiling: float


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What an earlier run found: the rows of its model's pictures, and its inversion."""

    prompts: int
    rows: tuple[Row, ...]
    inversion: Inversion | None


BOUNDS = 3
"""Rows that are about the exam and not about the model."""


def read_earlier(place: Path) -> Earlier:
    """Read what `bench model --json` wrote. Raises OSError, or ValueError for another file."""
    try:
        stored: dict[str, Any] = json.loads(place.read_text("utf-8"))
        return Earlier(
            prompts=int(stored["prompts"]),
            rows=tuple(
                replace(row, name=f"before: {row.name}")
                for row in map(row_of, stored["rows"][BOUNDS:])
            ),
            inversion=Inversion(**stored["inversion"]) if stored["inversion"] else None,
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"{place} was not written by `bench model --json` ({wrong})") from None


def row_of(stored: dict[str, Any]) -> Row:
    """A row as `Row.as_dict` wrote it."""
    return Row(
        name=stored["name"],
        claims={
            sort: Share(held=share["held"], made=share["made"])
            for sort, share in stored["claims"].items()
        },
        frechet=stored["frechet"],
        time=Time(**stored["seconds"]) if stored["seconds"] else None,
    )
