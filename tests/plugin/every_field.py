# SPDX-License-Identifier: Apache-2.0
"""An edit with a field of every kind, as a later engine may have one, and junk to feed it."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from hypothesis import strategies as st

from protocol.edits import (
    EDITS,
    Choice,
    Described,
    DragPath,
    Drags,
    Edit,
    ImageRole,
    Layer,
    Mask,
    Number,
    Palette,
    Placed,
    Range,
    Records,
    Seed,
    Switch,
    Text,
    Transform,
    When,
    described,
)

DRAGS = [[[1, 2], [3, 4.5]], [[9, 9]], [[0, 0], [5, 5], [10, 0]]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Condition(Described):
    """One layer that steers the result."""

    layer: str = described(Layer(label="c.layer", help="Which layer.", role="condition"))
    weight: float = described(
        Number(label="c.weight", help="How much.", minimum=0, maximum=2, default=1)
    )
    colors: tuple[str, ...] = described(Palette(label="c.colors", help="Which colors.", default=()))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Everything(Edit):
    """An edit with a field of every kind, as a later engine may have one."""

    KIND: ClassVar[str] = "everything"
    HELP: ClassVar[str] = "Shows every kind of field."
    RETURNS: ClassVar[Any] = "variants"
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        ImageRole(role="source", label="role.source", help="The layer."),
        ImageRole(role="condition.0", label="role.c", help="A condition.", required=False),
    )

    count: int = described(
        Number(label="e.count", help="How many.", minimum=1, maximum=8, integer=True, default=2)
    )
    amount: float = described(
        Number(
            label="e.amount",
            help="How much.",
            minimum=0,
            maximum=1,
            step=0.1,
            auto=-1,
            default=-1,
            unit="px",
        )
    )
    look: str = described(
        Choice(label="e.look", help="Which look.", choices=("a", "b"), default="b")
    )
    on: bool = described(Switch(label="e.on", help="Whether.", default=True, level="advanced"))
    words: str = described(
        Text(label="e.words", help="Words.", longest=20, lines=4, suggest="styles", default="x")
    )
    noise: int = described(Seed(label="e.noise", help="Noise.", default=3, level="internal"))
    other: str = described(Layer(label="e.other", help="Other layer.", role="other", default=""))
    area: str = described(Mask(label="e.area", help="Where.", role="mask", default="selection"))
    ways: tuple[DragPath, ...] = described(Drags(label="e.ways", help="Ways.", most=5))
    between: tuple[float, float] = described(
        Range(label="e.between", help="From when to when.", default=(0, 1))
    )
    place: Placed = described(Transform(label="e.place", help="Where to.", default=Placed()))
    edge: float = described(
        Number(
            label="e.edge",
            help="How sharp, with look a only.",
            minimum=0,
            maximum=1,
            default=0.5,
            when=When("look", ("a",)),
        )
    )
    colors: tuple[str, ...] = described(
        Palette(label="e.colors", help="Colors.", most=3, default=("#FF0000",))
    )
    conditions: tuple[Condition, ...] = described(
        Records(label="e.conditions", help="Conditions.", record=Condition, most=4, default=())
    )


ALL = {**EDITS, "everything": Everything}
FULL = {
    "count": 3,
    "amount": 0.5,
    "look": "a",
    "on": False,
    "words": "Grüße",
    "noise": 2**63 - 1,
    "other": "layer-7",
    "area": "",
    "ways": DRAGS,
    "between": [0.25, 0.75],
    "place": {"dx": 4, "dy": -2.5, "scale": 1.5, "rotation": 30},
    "edge": 0.1,
    "colors": ["#00ff00", "#ABCDEF"],
    "conditions": [{"layer": "l1"}, {"layer": "l2", "weight": 0.25, "colors": ["#010203"]}],
}


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
