# SPDX-License-Identifier: Apache-2.0
"""The edits: what an artist can do, each a frozen set of described parameters.

`Edit` is the base of all, `EDITS` lists them by kind. `from_params` and `to_params` translate to and
from plain values, `schema` describes everything to panels, documents and other languages.
"""

from .composite import Drags, Layer, Mask, Palette, Records
from .drag import Drag
from .drag_gan import DragGan
from .edit import SOURCE, Described, Edit, ImageRole, WordedEdit, described
from .fields import (
    Choice,
    Field,
    Level,
    Number,
    Part,
    Range,
    Seed,
    Switch,
    Text,
    When,
    hidden_fields,
    is_free_text,
    needs_model,
)
from .guided import GuidedEdit
from .model import MODELS, EditModel
from .move import Move
from .paths import DragPath, Point
from .problem import ParamError
from .schema import read_schema, schema, schema_bytes, schema_hash
from .texts import messages
from .transform import STILL, Placed, Transform
from .validate import EDITS, from_params, to_params

__all__ = [
    "EDITS",
    "MODELS",
    "SOURCE",
    "STILL",
    "Choice",
    "Described",
    "Drag",
    "DragGan",
    "DragPath",
    "Drags",
    "Edit",
    "EditModel",
    "Field",
    "GuidedEdit",
    "ImageRole",
    "Layer",
    "Level",
    "Mask",
    "Move",
    "Number",
    "Palette",
    "ParamError",
    "Part",
    "Placed",
    "Point",
    "Range",
    "Records",
    "Seed",
    "Switch",
    "Text",
    "Transform",
    "When",
    "WordedEdit",
    "described",
    "from_params",
    "hidden_fields",
    "is_free_text",
    "messages",
    "needs_model",
    "read_schema",
    "schema",
    "schema_bytes",
    "schema_hash",
    "to_params",
]
