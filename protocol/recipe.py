# SPDX-License-Identifier: Apache-2.0
"""A recipe: how a result was made, so that it can be made again or changed.

JSON plus named attachments (a mask, a chosen frame). The id is the digest of everything the recipe says,
so a damaged or altered recipe is noticed, and the same edit of the same picture is the same recipe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, cast

from . import VERSION as PROTOCOL
from .edits import EDITS, Edit, EditModel, ParamError, from_params, is_free_text, to_params
from .recipe_parts import (
    FILES_MAX,
    Attachment,
    RecipeError,
    Source,
    Weights,
    is_edit_kind,
    is_file_name,
    require,
    sha256,
)
from .sentences import say, told
from .source_hash import Rect

FORMAT = 1
"""Grows with any change to what a recipe says; a later one than this is refused with a sentence."""

JSON_MAX = 1 << 20
WORDS_MAX = 40
"""Letters of the words in a layer's name."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Edit, parameters, seed, model, source, versions and attachments of one result.

    `params` are complete and plain, so a recipe of an edit that only a newer engine knows can still be kept and
    shown. `seed` is the one that was used, whatever `params` asked for.
    """

    edit: str
    params: Mapping[str, Any]
    seed: int
    model: Weights
    source: Source
    engine: str
    protocol: str = f"{PROTOCOL[0]}.{PROTOCOL[1]}"
    loras: tuple[Weights, ...] = ()
    attachments: Mapping[str, Attachment] = field(default_factory=dict[str, Attachment])
    format: int = FORMAT

    def __post_init__(self) -> None:
        require(self.format == FORMAT, f"it has version {self.format}, not {FORMAT}")
        require(is_edit_kind(self.edit), "its edit has no usable name")
        require(isinstance(cast("object", self.params), Mapping), "its parameters are no object")
        require(type(self.seed) is int and 0 <= self.seed < 1 << 63, f"its seed is {self.seed}")
        count = len(self.attachments)
        require(count <= FILES_MAX, f"it has {count} attachments; {FILES_MAX} are allowed")
        for name in self.attachments:
            require(is_file_name(name), f"an attachment may not be called {name[:40]!r}")
        versions = (cast("object", self.engine), cast("object", self.protocol))
        short = all(isinstance(text, str) and len(text) <= 80 for text in versions)
        require(short, "its versions are no short texts")

    @classmethod
    def of(
        cls, edit: Edit, *, files: Mapping[str, tuple[str, bytes, Rect | None]], **rest: Any
    ) -> Bundle:
        """Make the recipe of `edit`; `files` are {name: (role, bytes, place)}."""
        attachments = {
            name: Attachment(role=role, sha256=sha256(data), nbytes=len(data), rect=rect)
            for name, (role, data, rect) in files.items()
        }
        recipe = cls(edit=edit.KIND, params=to_params(edit), attachments=attachments, **rest)
        return Bundle(recipe=recipe, files={name: data for name, (_, data, _) in files.items()})

    @cached_property
    def id(self) -> str:
        """32 hexadecimal digits of the digest of all that this recipe says."""
        return sha256(self._body())[:32]

    @property
    def short_id(self) -> str:
        """The first six digits of the id, as in the layer's name."""
        return self.id[:6]

    @property
    def layer_name(self) -> str:
        """What the result's layer is called: its edit and its words first, since lists of layers cut names off.

        The mark and the short id at the end lead back to the recipe.
        """
        words = self.words
        return f"{self.edit}{f': {words}' if words else ''} [Pullbrush] ({self.short_id})"

    @property
    def words(self) -> str:
        """The beginning of what was said of the picture, "" without words or for an edit that is not known here."""
        if self.edit not in EDITS:
            return ""
        fields = EditModel.of(EDITS[self.edit]).fields
        said = [self.params.get(name) for name, spec in fields.items() if is_free_text(spec)]
        words = " ".join(
            next((one for one in said if isinstance(one, str) and one.strip()), "").split()
        )
        return words if len(words) <= WORDS_MAX else words[: WORDS_MAX - 1].rstrip() + "…"

    def params_for(self, model: EditModel) -> dict[str, Any]:
        """All parameters for the edit that it is of, the seed that was used among them."""
        seed = {} if model.seed_field is None else {model.seed_field: self.seed}
        return {**self.params, **seed}

    def to_edit(self) -> Edit:
        """Return the edit to run again, with the seed that was used; raises RecipeError."""
        known = EDITS.get(self.edit)
        params = self.params if known is None else self.params_for(EditModel.of(known))
        try:
            return from_params(self.edit, params)
        except ParamError as problem:
            raise RecipeError(say("recipe.unusable", reason=told(problem))) from None

    def to_json(self) -> bytes:
        """Return the recipe as readable JSON that ends with a newline."""
        return (
            json.dumps({"id": self.id, **self._plain()}, indent=1, ensure_ascii=False).encode()
            + b"\n"
        )

    @classmethod
    def from_json(cls, data: bytes) -> Recipe:
        """Read a recipe strictly; raises RecipeError for anything damaged, altered or newer."""
        node = _read_object(data)
        version = node.get("format")
        if isinstance(version, int) and version > FORMAT:
            raise RecipeError(say("recipe.newer", version=version, ours=FORMAT))
        claimed = node.pop("id", None)
        recipe = _build(node)
        if recipe.id != claimed:
            raise RecipeError(say("recipe.damaged"))
        return recipe

    def _plain(self) -> dict[str, Any]:
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    def _body(self) -> bytes:
        return json.dumps(
            self._plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A recipe with the bytes of its attachments, which are checked against the recipe."""

    recipe: Recipe
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def __post_init__(self) -> None:
        expected = self.recipe.attachments
        if set(expected) != set(self.files):
            lost = ", ".join(sorted(set(expected) ^ set(self.files)))
            raise RecipeError(say("recipe.part", part=lost))
        for name, data in self.files.items():
            if sha256(data) != expected[name].sha256 or len(data) != expected[name].nbytes:
                raise RecipeError(say("recipe.part", part=name))


def _build(node: dict[str, Any]) -> Recipe:
    try:
        attachments = {name: Attachment(**item) for name, item in node.pop("attachments").items()}
        return Recipe(
            model=Weights(**node.pop("model")),
            source=Source(**node.pop("source")),
            loras=tuple(Weights(**item) for item in node.pop("loras")),
            attachments=attachments,
            **node,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise RecipeError(say("recipe.damaged", reason=str(problem))) from None


def _read_object(data: bytes) -> dict[str, Any]:
    if len(data) > JSON_MAX:
        raise RecipeError(say("recipe.large"))
    try:
        node = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise RecipeError(say("recipe.damaged")) from None
    if not isinstance(node, dict):
        raise RecipeError(say("recipe.damaged"))
    return cast("dict[str, Any]", node)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _plain(value: Any) -> Any:
    if isinstance(value, (Weights, Source, Attachment)):
        return asdict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in cast("Mapping[str, Any]", value).items()}
    return value
