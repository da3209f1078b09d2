# SPDX-License-Identifier: Apache-2.0
"""What every edit is: a frozen set of described parameters that refuses impossible values."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .fields import Choice, Field, Number, Seed, Text, hidden_fields

Returns = Literal["layer", "variants", "group", "frames"]
"""One layer, n of them to choose one from, several in a group, or frames one of which is the layer."""
Preview = Literal["warp", "steps", "frames", "none"]
"""What is seen before the result: its geometry at once, each step of the work, each frame, or nothing."""
Preset = Literal["quick", "balanced", "faithful"]
Placement = Literal["over", "instead"]


@dataclass(frozen=True, kw_only=True)
class ImageRole:
    """A picture an edit works on. Roles are ordered; `condition.0` and on count up.

    `kind` is "picture" (pixels) or "mask" (one channel, 0 keeps, full value acts). `inverted`: reading it is what an
    inversion is of, so while it stays the same it is read once.
    """

    role: str
    label: str
    help: str
    kind: Literal["picture", "mask"] = "picture"
    required: bool = True
    inverted: bool = False


SOURCE = ImageRole(role="source", label="role.source", help="The layer to edit.", inverted=True)


def described(spec: Field) -> Any:
    """Declare a dataclass field whose parameter is described by `spec`."""
    if spec.required:
        return dataclasses.field(metadata={"spec": spec})
    return dataclasses.field(default=spec.default, metadata={"spec": spec})


@dataclass(frozen=True, kw_only=True)
class Described:
    """A dataclass whose fields are all declared with `described`; values are checked when made."""

    def __post_init__(self) -> None:
        specs = self.described_fields()
        hidden = hidden_fields(specs, vars(self))
        for name, spec in specs.items():
            value = spec.default if name in hidden else spec.parse(getattr(self, name), name)
            object.__setattr__(self, name, value)

    @classmethod
    def described_fields(cls) -> dict[str, Field]:
        """Return the parameters by name, an edit's own ones before those it shares with others."""
        names: list[str] = []
        for base in (*cls.__mro__[1:], object):
            inherited = _field_names(base)
            names += [name for name in _field_names(cls) if name not in inherited + tuple(names)]
        specs = {f.name: f.metadata["spec"] for f in dataclasses.fields(cls)}
        return {name: specs[name] for name in names}


def _field_names(cls: type[Any]) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(cls):
        return ()
    return tuple(f.name for f in dataclasses.fields(cls))


MODEL = Text(
    label="field.model",
    help="The model that paints; bundled ones work without any download.",
    default="scenes",
    longest=200,
    suggest="models",
)


@dataclass(frozen=True, kw_only=True)
class Edit(Described):
    """What all edits share: seed, effort, model, and how the result is put back."""

    KIND: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    RETURNS: ClassVar[Returns] = "layer"
    PREVIEW: ClassVar[Preview] = "steps"
    ROLES: ClassVar[tuple[ImageRole, ...]] = ()
    INVERTED_BY: ClassVar[tuple[str, ...]] = ("model", "preset")
    """The fields that reading a picture depends on: while they stay, it is read once."""

    seed: int = described(
        Seed(
            label="field.seed",
            help="The same seed gives the same result; another one gives a variation.",
            default=0,
        )
    )
    preset: Preset = described(
        Choice(
            label="field.preset",
            help="How much work to put in: quick to try, balanced to use, faithful as in the papers.",
            choices=("quick", "balanced", "faithful"),
            default="balanced",
            kept=True,
        )
    )
    model: str = described(MODEL)
    grow: int = described(
        Number(
            label="field.grow",
            help="How far the model may see and act beyond the region's edge.",
            unit="px",
            minimum=0,
            maximum=256,
            integer=True,
            default=4,
            level="advanced",
        )
    )
    feather: float = described(
        Number(
            label="field.feather",
            help="How softly the result fades in at its edge; automatic follows the region's size.",
            unit="px",
            minimum=0,
            maximum=512,
            auto=-1,
            default=-1,
            level="advanced",
        )
    )
    placement: Placement = described(
        Choice(
            label="field.placement",
            help="Lay the result over the picture, or show it instead when something must vanish.",
            choices=("over", "instead"),
            default="over",
            level="advanced",
        )
    )


@dataclass(frozen=True, kw_only=True)
class WordedEdit(Edit):
    """An edit whose model can be told in words what the picture shows."""

    INVERTED_BY: ClassVar[tuple[str, ...]] = ("model", "preset", "prompt")

    prompt: str = described(
        Text(
            label="field.prompt",
            help="What the picture shows; leave it empty to let the picture speak for itself.",
            default="",
            lines=3,
        )
    )
