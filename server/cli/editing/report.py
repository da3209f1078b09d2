# SPDX-License-Identifier: Apache-2.0
"""What an edit has done, and what one is going to do: a sentence for people, one JSON object for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from protocol.messages import JobPlanned
from protocol.plugin.session.outcome import Outcome
from server.cli.output_options import Manner
from server.cli.sentences import in_words
from server.cli.streams import print_json, say

PLACES = {
    "over": "lies over the source",
    "instead": "stands instead of the source, which is hidden now,",
}
"""Where a result is put, in words."""
FLAT = "is part of the picture"
"""That of all results where one picture is written."""
ENVELOPE = ("id", "re", "ms", "x", "frames")
"""What belongs to a message, not to the plan in it."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """An edit that worked, what it was going to do, and how long it took."""

    outcome: Outcome
    seconds: float
    plan: JobPlanned | None = None


def report(done: Done, out: Path, manner: Manner, *, command: str) -> None:
    """Say on standard output what was done, as `manner` wants it."""
    if manner.json:
        print_json({"ok": True, "command": command, **result_of(done, out)})
    elif not manner.quiet:
        say(summary(done, out))


def result_of(done: Done, out: Path) -> dict[str, Any]:
    """The result of an edit for programs. Places are in document pixels."""
    outcome = done.outcome
    return {
        "out": out,
        "layers": [
            {"name": one.name, "placement": one.placement, "rect": list(one.pixels.rect)}
            for one in outcome.layers
        ],
        "edit": outcome.kind,
        "seed": outcome.seed,
        "seconds": round(done.seconds, 3),
        "metrics": dict(outcome.metrics),
        "notes": [in_words(note.sentence) for note in outcome.notes],
        "plan": None if done.plan is None else plan_of(done.plan),
    }


def plan_of(plan: JobPlanned) -> dict[str, Any]:
    """A plan for programs: what is read, what may change, what it costs."""
    return {name: value for name, value in asdict(plan).items() if name not in ENVELOPE}


def summary(done: Done, out: Path) -> str:
    """What was done, in one line."""
    layer = done.outcome.layers[0]
    x, y, width, height = layer.pixels.rect
    evaluations = done.outcome.metrics.get("evaluations")
    counted = f", {evaluations} network evaluations" if evaluations else ""
    place = PLACES[layer.placement] if out.suffix.lower() == ".ora" else FLAT
    return (
        f"{out}: “{layer.name}” {place} at ({x}, {y}), "
        f"{width} × {height} pixels, seed {done.outcome.seed} "
        f"({done.seconds:.1f} s{counted})."
    )
