# SPDX-License-Identifier: Apache-2.0
"""The page of edits: every parameter with its range, default and help, read from protocol/edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tables import cell, code, table

from protocol.edits import (
    EDITS,
    Choice,
    Drags,
    EditModel,
    Field,
    Layer,
    Mask,
    Number,
    Palette,
    Range,
    Records,
    Seed,
    Switch,
    Text,
    Transform,
    messages,
    schema_hash,
)
from server.cli.editing.options import field_options, only_when


def page() -> str:
    """The whole page."""
    parts = [
        "# Edits",
        "This page is made from the code of `protocol/edits` when the site is built. From the same "
        "descriptions come the command line's options, the engine's checks and the plug-ins' panels. "
        f"Hash of the schema: {code(schema_hash()[:16])}.",
    ]
    for edit in EDITS.values():
        parts += section(EditModel.of(edit))
    return "\n\n".join(parts) + "\n"


def section(model: EditModel) -> Iterator[str]:
    """One edit: what it does, the pictures it takes, its parameters."""
    yield f"## `{model.kind}`"
    yield model.help
    yield table(
        ("picture", "needed", "what"),
        (
            (code(role.role), "yes" if role.required else "no", f"{cell(role.help)} ({role.kind})")
            for role in model.roles
        ),
    )
    flags = {name: option.flag for option in field_options(model) for name in option.fields}
    yield parameters("parameter", "option", model.fields, flags)
    for name, field in model.fields.items():
        if isinstance(field, Records):
            keys = {key: f"{key}=" for key in field.columns}
            yield f"{code(f'{flags[name]} KEY=VALUE,…')} adds one to {code(name)}; its keys are:"
            yield parameters("key", "as typed", field.columns, keys)
    yield f"Returns: {model.returns}. Preview: {model.preview}."


def parameters(
    head: str, typed: str, fields: Mapping[str, Field], options: Mapping[str, str]
) -> str:
    """A table of fields: those of an edit, or of each record of a list."""
    english = messages()["en"]
    rows = (
        (
            f"{code(name)}<br>{cell(english.get(field.label, field.label))}",
            code(options.get(name, "")),
            cell(values(field)),
            code(default(field)),
            cell(" ".join(filter(None, (field.help, sentence_of(only_when(field)))))),
            field.level,
        )
        for name, field in fields.items()
    )
    return table((head, typed, "values", "default", "what", "level"), rows)


def sentence_of(note: str) -> str:
    """A note as a sentence, "" for none."""
    return f"{note[0].upper()}{note[1:]}." if note else ""


def values(field: Field) -> str:
    """Which values a field takes, in words."""
    match field:
        case Number():
            kind = "whole, " if field.integer else ""
            auto = f"; {field.auto:g} or auto: automatic" if field.auto is not None else ""
            unit = f" {field.unit}" if field.unit else ""
            return f"{kind}{field.minimum:g} to {field.maximum:g}{unit}{auto}"
        case Choice():
            return ", ".join(field.choices)
        case Seed():
            return "whole, 0 to 2⁶³ − 1"
        case Text():
            return f"up to {field.longest} characters"
        case Switch():
            return "yes, no"
        case Drags():
            return f"up to {field.most} drags and pins"
        case Palette() | Records():
            return f"up to {field.most}"
        case Range():
            unit = f" {field.unit}" if field.unit else ""
            return f"START..END, {field.minimum:g} to {field.maximum:g}{unit}"
        case Transform():
            turn = ",TURN" if field.turns else ""
            return f"DX,DY,SIZE{turn}; what is left out stays as it is"
        case Mask():
            return "selection, a layer, or a picture file"
        case Layer():
            return "a layer, or a picture file"
        case _:
            return field.KIND


def default(field: Field) -> object:
    """The default as it is written, or that there is none."""
    if field.required:
        return "needed"
    return field.plain(field.default)
