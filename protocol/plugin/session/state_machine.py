# SPDX-License-Identifier: Apache-2.0
"""The state machine of an edit session: its states, the events it knows, the table of transitions, and what is shown.

Four regions run side by side, as in a statechart: whether there is an edit, whether there is an engine, the edit from
asked for to its end, and Apply. Each event belongs to one region. `stage_of` says in one word where the whole stands;
the reference draws all of it from these tables (docs/hooks/pages_session.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from ..guard import problems

Life = Literal["empty", "chosen", "closed"]
Link = Literal["up", "down"]
Edit = Literal[
    "idle",
    "asked",
    "waiting",
    "running",
    "stopping",
    "waiting_next",
    "running_next",
    "stopping_next",
]
"""`asked`: plan and pixels are on their way. `waiting`: the engine has it. `…_next`: one more is asked for behind."""
Apply = Literal["off", "when_made", "when_located", "comparing", "writing"]
"""`when_located`: once it is known where the picture lies. `comparing`: the result is in the document already; is its
picture still the same?"""
State = Life | Link | Edit | Apply
Region = Literal["life", "link", "edit", "apply"]
Event = Literal[
    "choose",
    "close",
    "connect",
    "disconnect",
    "ask",
    "withdraw",
    "submit",
    "start",
    "stop",
    "end",
    "await_result",
    "await_place",
    "compare",
    "write",
    "settle",
]

TRANSITIONS: Mapping[Region, Mapping[State, Mapping[Event, State]]] = {
    "life": {
        "empty": {"choose": "chosen", "close": "closed"},
        "chosen": {"choose": "chosen", "close": "closed"},
        "closed": {},
    },
    "link": {
        "up": {"connect": "up", "disconnect": "down"},
        "down": {"connect": "up", "disconnect": "down"},
    },
    "edit": {
        "idle": {"ask": "asked"},
        "asked": {"ask": "asked", "withdraw": "idle", "submit": "waiting"},
        "waiting": {
            "ask": "waiting_next",
            "submit": "waiting",
            "start": "running",
            "stop": "stopping",
            "end": "idle",
        },
        "running": {
            "ask": "running_next",
            "submit": "waiting",
            "start": "running",
            "stop": "stopping",
            "end": "idle",
        },
        "stopping": {
            "ask": "stopping_next",
            "start": "stopping",
            "stop": "stopping",
            "end": "idle",
        },
        "waiting_next": {
            "ask": "waiting_next",
            "withdraw": "waiting",
            "submit": "waiting_next",
            "start": "running_next",
            "stop": "stopping_next",
            "end": "asked",
        },
        "running_next": {
            "ask": "running_next",
            "withdraw": "running",
            "submit": "waiting_next",
            "start": "running_next",
            "stop": "stopping_next",
            "end": "asked",
        },
        "stopping_next": {
            "ask": "stopping_next",
            "withdraw": "stopping",
            "start": "stopping_next",
            "stop": "stopping_next",
            "end": "asked",
        },
    },
    "apply": {
        "off": {
            "await_result": "when_made",
            "await_place": "when_located",
            "compare": "comparing",
            "write": "writing",
            "settle": "off",
        },
        "when_made": {
            "await_result": "when_made",
            "await_place": "when_located",
            "compare": "comparing",
            "write": "writing",
            "settle": "off",
        },
        "when_located": {"await_place": "when_located", "settle": "off"},
        "comparing": {"await_result": "when_made", "write": "writing", "settle": "off"},
        "writing": {"await_place": "when_located", "settle": "off"},
    },
}
"""What each event leads to; `submit` of what runs is the one retry, `stop` of what stops is by force."""

REGION_OF: Mapping[Event, Region] = {
    event: region
    for region, states in TRANSITIONS.items()
    for events in states.values()
    for event in events
}

Stage = Literal[
    "empty",
    "closed",
    "lost",
    "planning",
    "reading",
    "ready",
    "waiting",
    "running",
    "stopping",
    "done",
    "changed",
    "stale",
    "applied",
    "taken_back",
    "failed",
]
"""`empty`: no edit chosen. `done`: there is a result to apply; `changed`: one of other parameters; `stale`: one of
another picture. `applied`: the result is in the document; `taken_back`: it was. `lost`: waiting for the engine."""

BUSY: tuple[Stage, ...] = ("lost", "planning", "reading", "waiting", "running", "stopping")
"""Stages in which something is on its way to a result."""

ResultState = Literal["none", "made", "changed", "stale", "applied", "taken_back", "failed"]
"""How the newest result stands: each is a word of `Stage`, but for `none` and `made`, which are `ready` and `done`."""

strict = False
"""Whether an event that a state does not know raises; in use it is kept for the diagnostics, and nothing changes."""


class UnknownEventError(Exception):
    """An event that the state does not know."""


@dataclass(frozen=True, kw_only=True)
class States:
    """Where each of the regions stands."""

    life: Life = "empty"
    link: Link = "up"
    edit: Edit = "idle"
    apply: Apply = "off"


class StateMachine:
    """Where one edit session stands; only `fire` changes it."""

    def __init__(self) -> None:
        self.states = States()

    @property
    def is_asked(self) -> bool:
        """Whether an edit is asked for that the engine does not have yet."""
        return self.states.edit == "asked" or self.states.edit.endswith("_next")

    @property
    def is_with_engine(self) -> bool:
        """Whether the engine has an edit."""
        return self.states.edit not in ("idle", "asked")

    @property
    def is_applying(self) -> bool:
        """Whether what is being computed, or compared, goes into the document then."""
        return self.states.apply in ("when_made", "comparing")

    def fire(self, event: Event) -> None:
        """Go where the table says; raises UnknownEventError while `strict`."""
        region = REGION_OF[event]
        now = getattr(self.states, region)
        after = TRANSITIONS[region][now].get(event)
        if after is not None:
            self.states = replace(self.states, **{region: after})
        elif strict:
            raise UnknownEventError(f"{region} {now} does not know {event}")
        else:
            problems.append(f"edit session: {region} {now} does not know {event}")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What else says how a session stands, read off what it holds."""

    ready: bool = True
    """Whether the engine can be asked something."""
    ahead: bool = False
    """Whether a preview is wished for, or that the engine prepares."""
    reading: bool = False
    has_outcome: bool = False
    """Whether there is a result that is not in the document."""
    result: ResultState = "none"


def stage_of(states: States, facts: Facts) -> Stage:
    """Say in one word how a session stands; the first line that holds counts."""
    if states.life != "chosen":
        return states.life
    work = states.edit.removesuffix("_next")
    if not facts.ready and (work != "idle" or facts.ahead):
        return "lost"
    if work in ("waiting", "running", "stopping"):
        return cast(Stage, work)
    if work == "asked" or (facts.ahead and not facts.has_outcome):
        return "reading" if facts.reading else "planning"
    return RESTING[facts.result]


RESTING: Mapping[ResultState, Stage] = {
    "none": "ready",
    "made": "done",
    "changed": "changed",
    "stale": "stale",
    "applied": "applied",
    "taken_back": "taken_back",
    "failed": "failed",
}
"""How a session stands when nothing is on its way."""
