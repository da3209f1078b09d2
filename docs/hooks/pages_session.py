# SPDX-License-Identifier: Apache-2.0
"""The page of an edit session's states, drawn from the table that the session itself goes by."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tables import code, table

from protocol.plugin.session.state_machine import RESTING, TRANSITIONS, Region, States

WIDE, HIGH, COLUMN, ROW = 128, 42, 205, 118
"""Of a box, and from one to the next."""

PLACES: Mapping[Region, Mapping[str, tuple[float, float]]] = {
    "life": {"empty": (0, 0), "chosen": (1, 0), "closed": (2, 0)},
    "link": {"up": (0, 0), "down": (1, 0)},
    "edit": {
        "idle": (1.5, 0),
        "asked": (0, 1),
        "waiting": (1, 1),
        "running": (2, 1),
        "stopping": (3, 1),
        "waiting_next": (1, 2.1),
        "running_next": (2, 2.1),
        "stopping_next": (3, 2.1),
    },
    "apply": {
        "when_made": (0, 0),
        "comparing": (2, 0),
        "off": (1.1, 1),
        "when_located": (0, 2),
        "writing": (1.1, 2),
    },
}
"""Where each state stands, in columns and rows."""

WORDS: Mapping[Region, str] = {
    "life": "Whether there is an edit, until the document is closed.",
    "link": "Whether the engine is there.",
    "edit": "The edit from asked for to its end. `submit` of what the engine had already is the one time that it is "
    "tried again by itself; `stop` of what is stopping is by force; `…_next` is one more that waits behind it.",
    "apply": "Apply, from the press to the layer. `when_located`: once it is known where the picture lies now; "
    "`comparing`: the result is in the document already, so its picture is compared first.",
}

Point = tuple[float, float]


def page() -> str:
    """The whole page, as Markdown."""
    parts = [
        "# States of an edit session\n",
        "What a panel or the command line does with an edit, and what the engine answers, are events of one state "
        "machine (`session/state_machine.py` of the plug-ins' half). Four regions run side by side. An event that "
        "a state does not know changes nothing; it is kept for *Copy diagnostics*, and fails a test.\n",
    ]
    for region, states in TRANSITIONS.items():
        parts += [f"## `{region}`\n", WORDS[region] + "\n", drawing(region)]
        rows = [
            (code(state), code(event), code(after))
            for state, events in states.items()
            for event, after in events.items()
        ]
        parts.append(table(("In", "comes", "then"), rows))
    parts += [
        "## What is shown\n",
        "`empty` and `closed` are shown as such. Without the engine, what is on its way is shown as `lost`. Then "
        "`waiting`, `running` and `stopping` are shown as such; `asked` as `planning`, or `reading` while pixels are "
        "read. What rests is shown as its result stands:\n",
        table(("Result", "shown as"), ((code(one), code(stage)) for one, stage in RESTING.items())),
    ]
    return "\n".join(parts)


def drawing(region: Region) -> str:
    """A region as a picture: boxes for states, with the events that change nothing in them, and arrows."""
    states, begins = TRANSITIONS[region], str(vars(States())[region])
    middles = {s: (_x(x), _y(y)) for s, (x, y) in PLACES[region].items()}
    width = max(x for x, _ in middles.values()) + WIDE
    height = max(y for _, y in middles.values()) + HIGH + 20
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, events in states.items():
        for event, after in events.items():
            arrows.setdefault((state, after), []).append(event)
    lines = [
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'aria-label="States of {region}" font-size="12" font-family="sans-serif" '
        'fill="currentColor" stroke="none" style="max-width: 100%; height: auto">'
    ]
    for (state, after), events in arrows.items():
        if state != after:
            both = (after, state) in arrows
            lines += _arrow(middles[state], middles[after], ", ".join(events), both=both)
    for state, middle in middles.items():
        stays = ", ".join(arrows.get((state, state), ()))
        lines += _box(middle, state, stays, begins=state == begins)
    return "\n".join([*lines, "</svg>\n"])


def _x(column: float) -> float:
    return WIDE / 2 + 8 + column * COLUMN


def _y(row: float) -> float:
    return HIGH / 2 + 24 + row * ROW


def _box(middle: Point, name: str, stays: str, *, begins: bool) -> list[str]:
    x, y = middle
    up = 5 if stays else -4
    box = (
        f'<rect x="{x - WIDE / 2:.0f}" y="{y - HIGH / 2:.0f}" width="{WIDE}" height="{HIGH}" rx="8" '
        f'fill="none" stroke="currentColor" stroke-width="{3 if begins else 1.2}"/>'
    )
    title = (
        f'<text x="{x:.0f}" y="{y - up:.0f}" text-anchor="middle" font-weight="bold">{name}</text>'
    )
    again = (
        f'<text x="{x:.0f}" y="{y + 12:.0f}" text-anchor="middle" font-size="10">↻ {stays}</text>'
    )
    return [box, title, again] if stays else [box, title]


def _arrow(start: Point, end: Point, words: str, *, both: bool) -> list[str]:
    """A bent line from the edge of one box to that of another, with its events at its middle."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    far = math.hypot(dx, dy)
    passes_by = dy == 0 and far > 1.5 * COLUMN and not both  # another box stands between them
    bend = 110.0 if passes_by else 26.0 if both else 8.0
    control = (
        (start[0] + end[0]) / 2 + bend * dy / far,
        (start[1] + end[1]) / 2 - bend * dx / far,
    )
    a, b = _edge(start, control), _edge(end, control)
    x = (a[0] + 2 * control[0] + b[0]) / 4
    y = (a[1] + 2 * control[1] + b[1]) / 4
    turn = math.atan2(b[1] - control[1], b[0] - control[0])
    tips = [(b[0] - 9 * math.cos(turn + t), b[1] - 9 * math.sin(turn + t)) for t in (0.4, -0.4)]
    head = " ".join(f"{u:.1f},{v:.1f}" for u, v in (b, *tips))
    return [
        f'<path d="M{a[0]:.1f} {a[1]:.1f} Q{control[0]:.1f} {control[1]:.1f} {b[0]:.1f} {b[1]:.1f}" '
        'fill="none" stroke="currentColor" stroke-width="1.2" opacity="0.6"/>',
        f'<polygon points="{head}" opacity="0.6"/>',
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" paint-order="stroke" stroke-width="5" '
        f'stroke-linejoin="round" style="stroke: var(--md-default-bg-color, white)">{words}</text>',
    ]


def _edge(middle: Point, towards: Point) -> Point:
    """Where a line from the middle of a box leaves it."""
    dx, dy = towards[0] - middle[0], towards[1] - middle[1]
    most = max(abs(dx) / (WIDE / 2), abs(dy) / (HIGH / 2))
    return (middle[0] + dx / most, middle[1] + dy / most)
