# SPDX-License-Identifier: Apache-2.0
"""Constants of the bundled model's edits: python -m server.lab.evaluate.tune --set pull=0.7,0.9 --set w_dense=2,8.

Each value is tried alone, all other constants as they are, on training scenes; what is best goes into
`bundled_profile.py` by hand. With `--thresholds` the tests' own held-out cases are done as they are, and the limits
for `quality.py` are printed: nothing is chosen by them.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from server.engine.engine import Engine
from server.engine.models.bundled_profile import BUNDLED
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import GuidedSettings, ModelProfile
from server.lab.evaluate.cases import draw_cases
from server.lab.evaluate.methods import doer
from server.lab.evaluate.quality import Row, measured, summarize, tables
from server.lab.scenes import HELD_OUT
from server.lab.speak import say

ROOM = 1.06
"""Limits lie so far above what is reached, since processors differ a little."""
FINENESS = {"displacement": 0.5, "ghost": 0.01, "hole": 0.5, "seam": 0.5, "region": 0.5}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One constant with another value; without a name, all as they are."""

    name: str = ""
    value: Any = None

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.name else "as it is"

    def of(self, settings: GuidedSettings) -> GuidedSettings:
        """The settings with it. Raises ValueError for a name that there is not or a value that cannot be."""
        if not self.name:
            return settings
        if hasattr(settings, self.name):
            return replace(settings, **{self.name: self.value})
        if hasattr(settings.dragon, self.name):
            return replace(settings, dragon=replace(settings.dragon, **{self.name: self.value}))
        raise ValueError(f"edits have no constant {self.name!r}")


class Varied(Catalogue):
    """The bundled model with one constant changed; `variant` may change between edits."""

    variant = Variant()

    def profile(self, name: str) -> ModelProfile:
        """As the catalogue's, changed."""
        found = super().profile(name)
        guided = {kind: self.variant.of(known) for kind, known in found.guided.items()}
        return replace(found, guided=guided)


def tried(
    engine: Engine, varied: Varied, variants: Sequence[Variant], count: int, seed: int
) -> None:
    """Do `count` training cases by every variant and print a line for each kind of edit."""
    do, rows = doer("ours", engine), dict[tuple[str, str], list[Row]]()
    for case in draw_cases(seed, count, first=0, span=HELD_OUT // 2):
        for variant in variants:  # the inversion of a case is kept from one variant to the next
            varied.variant = variant
            row = Row(case=case.name, measures=measured(case, do(case)))
            rows.setdefault((case.edit.KIND, str(variant)), []).append(row)
        _progress(case.name)
    for (kind, name), found in sorted(rows.items()):
        summary = summarize(row.measures for row in found)
        numbers = "  ".join(f"{key} {value:.3f}" for key, value in summary.items())
        say(f"{kind:5} {name:24} {numbers}")


def limits(engine: Engine, sets: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Lines of THRESHOLDS: over the worst that the given (seed, count) sets of held-out cases reach."""
    worst: dict[str, dict[str, float]] = {}
    for seed, count in sets:
        for table in tables(
            "ours", draw_cases(seed, count), engine, lambda row: _progress(row.case)
        ):
            kept = worst.setdefault(table.kind, dict(table.summary))
            for name, value in table.summary.items():
                kept[name] = max(kept[name], value)
            yield f"{table.kind} of {seed}: {table.summary}"
    for kind, found in worst.items():
        wanted = {name: _above(found[name], step) for name, step in FINENESS.items()}
        yield f'"{kind}": Thresholds({", ".join(f"{k}={v:g}" for k, v in wanted.items())}),'


def _above(value: float, step: float) -> float:
    """The next multiple of a step that leaves some room."""
    return math.ceil(round(value * ROOM / step, 6) + 1e-9) * step


def variants_of(texts: Sequence[str]) -> list[Variant]:
    """ "pull=0.7,0.9" to two variants, after the one in which nothing is changed."""
    found = [Variant()]
    for text in texts:
        name, _, values = text.partition("=")
        found += [Variant(name=name, value=_value(value)) for value in values.split(",")]
    return found


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--bundled", type=Path, default=BUNDLED, help="the folder that has scenes/")
    read.add_argument("--set", action="append", default=[], metavar="NAME=VALUE,VALUE")
    read.add_argument("--cases", type=int, default=6)
    read.add_argument("--seed", type=int, default=1)
    read.add_argument("--thresholds", action="store_true")
    read.add_argument(
        "--sets", default="2026:6,2027:42", help="seeds and numbers of held-out cases"
    )
    args = read.parse_args()
    varied = Varied(bundled=args.bundled)
    engine = Engine(varied, device="cpu")
    if args.thresholds:
        pairs = [tuple(map(int, pair.split(":"))) for pair in args.sets.split(",")]
        for line in limits(engine, [(seed, count) for seed, count in pairs]):
            say(line)
    else:
        tried(engine, varied, variants_of(args.set), args.cases, args.seed)


def _progress(case: str) -> None:
    sys.stderr.write(f"  {case}\n")


if __name__ == "__main__":
    main()
