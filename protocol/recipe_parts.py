# SPDX-License-Identifier: Apache-2.0
"""What a recipe is made of, and which names and ids are safe to make file names from."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from .source_hash import Rect

FILE_MAX = 64 << 20
FILES_MAX = 16

_ID = re.compile(r"[0-9a-f]{32}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(\.[a-z0-9]{1,8})?\Z")
_LAYER_NAME = re.compile(r"\[Pullbrush\] (?:[a-z][a-z0-9-]* )?\(([0-9a-f]{6})\)")
"""With the edit's name behind the mark, as results were called at first."""
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
"""Names that Windows takes for devices, with any ending."""


class RecipeError(Exception):
    """A recipe that cannot be used; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A model or LoRA by name, and the SHA-256 of its files ("" when the engine did not say)."""

    name: str
    sha256: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        require(
            0 < len(self.name) <= 200,
            f"the model's name has {len(self.name)} letters; 1 to 200 are allowed",
        )
        require(
            not self.sha256 or bool(_SHA256.match(self.sha256)), "the model's digest is no SHA-256"
        )
        require(
            -10 <= self.weight <= 10,
            f"the weight of {self.name} is {self.weight}; -10 to 10 are allowed",
        )


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was edited: digest of the crop (see `source_hash`; "" when the engine did not say), and where."""

    sha256: str
    crop: Rect
    document: tuple[int, int]
    layer: str = ""
    layer_offset: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        digest = not self.sha256 or bool(_SHA256.match(self.sha256))
        require(digest, "the source's digest is no SHA-256")
        for name, count in (("crop", 4), ("document", 2), ("layer_offset", 2)):
            numbers = tuple(getattr(self, name))
            whole = len(numbers) == count and all(
                type(n) is int and abs(n) <= 1 << 24 for n in numbers
            )
            require(whole, f"the source's {name} must be {count} whole numbers")
            object.__setattr__(self, name, numbers)
        require(
            min(self.crop[2:] + self.document) > 0,
            f"the crop {self.crop} of {self.document} is empty",
        )
        require(len(self.layer) <= 1000, "the layer's name is too long")


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that belongs to a recipe: which picture it holds, where, and the digest of its bytes."""

    role: str
    sha256: str
    nbytes: int
    rect: Rect | None = None

    def __post_init__(self) -> None:
        require(bool(_SHA256.match(self.sha256)), "the digest of an attachment is no SHA-256")
        require(
            0 <= self.nbytes <= FILE_MAX,
            f"an attachment has {self.nbytes} bytes; {FILE_MAX} are allowed",
        )
        require(0 < len(self.role) <= 40, "an attachment does not say what it is")
        if self.rect is not None:
            rect = tuple(self.rect)
            whole = len(rect) == 4 and all(type(n) is int and abs(n) <= 1 << 24 for n in rect)
            require(whole, "the place of an attachment must be four whole numbers")
            object.__setattr__(self, "rect", rect)


def is_id(text: str) -> bool:
    """Whether `text` can be a recipe's id; nothing else is ever used in a file's name."""
    return bool(_ID.match(text))


def is_file_name(text: str) -> bool:
    """Whether an attachment may have this name: no folders, no leading dot, lower case."""
    return bool(_FILE_NAME.match(text)) and text.split(".")[0] not in _DEVICES


def short_id_of(layer_name: str) -> str | None:
    """Find the short id in a layer's name; hosts append things like ` copy`, which does not matter."""
    found = _LAYER_NAME.findall(layer_name)
    return found[-1] if found else None  # words before it may look like one


def is_edit_kind(text: str) -> bool:
    """Whether an edit may be called this."""
    return bool(_KIND.match(text))


def require(good: bool, otherwise: str) -> None:
    """Raise ValueError unless `good`."""
    if not good:
        raise ValueError(otherwise)


def sha256(data: bytes) -> str:
    """Return the SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
