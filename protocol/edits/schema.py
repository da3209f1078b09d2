# SPDX-License-Identifier: Apache-2.0
"""All edits as one JSON Schema (draft 2020-12), which the engine sends to panels as a blob."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

from ..sentences import sentences
from .edit import Edit
from .model import EditModel
from .objects import HINTS
from .problem import ParamError, say
from .texts import messages
from .validate import EDITS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1
"""Grows when a reader of the previous one could no longer draw the edits it knows."""


def schema(edits: Mapping[str, type[Edit]] = EDITS) -> dict[str, Any]:
    """Describe `{"edit": kind, "params": {…}}` for every edit, with labels in all languages."""
    ways: list[object] = [
        {
            "properties": {"edit": {"const": kind}, "params": {"$ref": f"#/$defs/{kind}"}},
            "required": ["edit", "params"],
        }
        for kind in edits
    ]
    return {
        "$schema": DRAFT,
        "$id": f"urn:pullbrush:edits:{VERSION}",
        "title": "Pullbrush edits",
        "type": "object",
        "oneOf": ways,
        "$defs": {kind: EditModel.of(edit).to_schema() for kind, edit in edits.items()},
        HINTS: {"version": VERSION, "messages": _all_texts()},
    }


def schema_bytes(edits: Mapping[str, type[Edit]] = EDITS) -> bytes:
    """Return the schema as canonical JSON: what the engine sends and what the hash is over."""
    text = json.dumps(schema(edits), sort_keys=False, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def schema_hash(edits: Mapping[str, type[Edit]] = EDITS) -> str:
    """Return the SHA-256 of the schema; a plug-in fetches the schema again when it differs."""
    return hashlib.sha256(schema_bytes(edits)).hexdigest()


def read_schema(document: object) -> tuple[dict[str, EditModel], dict[str, dict[str, str]]]:
    """Return the edits of a schema by kind, and its texts by language and message id.

    An edit that cannot be read is left out: one odd edit of a newer engine costs that edit only.
    Raises ParamError when the document is no schema of ours or a later version than we can read.
    """
    root = _checked_root(document)
    models: dict[str, EditModel] = {}
    for kind, node in root["$defs"].items():
        try:
            own = EDITS.get(kind)
            models[kind] = EditModel.from_schema(node, kind, EditModel.of(own) if own else None)
        except ParamError:
            continue
    return models, _texts(root[HINTS].get("messages"))


def _all_texts() -> dict[str, dict[str, str]]:
    """What an older plug-in may not know: the texts of the edits, and what is said when one cannot be done."""
    return {name: {**sentences().get(name, {}), **texts} for name, texts in messages().items()}


def _checked_root(document: object) -> dict[str, Any]:
    if isinstance(document, dict):
        root = cast("dict[str, Any]", document)
        hints: object = root.get(HINTS)
        if isinstance(hints, dict) and isinstance(root.get("$defs"), dict):
            version = cast("dict[str, object]", hints).get("version")
            if version == VERSION:
                return root
    raise ParamError("schema", say("schema.other"))


def _texts(value: object) -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for language, texts in (
        cast("dict[str, object]", value) if isinstance(value, dict) else {}
    ).items():
        if isinstance(texts, dict):
            pairs = cast("dict[str, object]", texts).items()
            out[language] = {key: text for key, text in pairs if isinstance(text, str)}
    return out
