# SPDX-License-Identifier: Apache-2.0
"""`pullbrush edit NAME IN …`: one command per edit, made from the edit's description."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from protocol.edits import Choice, EditModel, ImageRole, Records, Switch
from server.cli.output_options import Json, Manner, Overwrite, Progress, Quiet

from .options import Option, completed, field_options, params_from_texts, picture_roles

Source = Annotated[
    Path,
    typer.Argument(
        metavar="IN", help="OpenRaster, PNG, TIFF, JPEG, WebP, PSD …", show_default=False
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT",
        help=".ora keeps the source and adds the result as a layer; .png, .tif and .webp are flattened.",
        show_default=False,
    ),
]
LayerName = Annotated[
    str | None,
    typer.Option("--layer", metavar="NAME", help="The layer of an OpenRaster file to work on."),
]
Merged = Annotated[
    bool,
    typer.Option("--merged", help="Work on all visible layers of an OpenRaster file together."),
]
MarkAi = Annotated[
    bool,
    typer.Option(
        "--mark-ai/--no-mark-ai",
        envvar="PULLBRUSH_MARK_AI",
        show_envvar=True,
        help="Say in the file's XMP that a trained model made a part of it.",
    ),
]
NEEDED = inspect.Parameter.empty


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for on the command line, read but not yet checked against any picture.

    `out` is None for a plan.
    """

    model: EditModel
    source: Path
    out: Path | None
    params: dict[str, object]
    pictures: dict[str, str]
    layer: str | None
    merged: bool
    overwrite: bool
    mark_ai: bool
    manner: Manner


def command(
    model: EditModel, run: Callable[[Request], None], *, writes: bool
) -> Callable[..., None]:
    """The function behind one edit's command; typer reads its options from its signature."""
    options = field_options(model)
    roles = picture_roles(model)

    def do(**given: Any) -> None:
        texts = {option.name: _as_list(given[option.name]) for option in options}
        pictures = {role.role: given[_python(role.role)] for role in roles}
        run(
            Request(
                model=model,
                source=given["source"],
                out=given.get("out"),
                params=params_from_texts(model, {n: given for n, given in texts.items() if given}),
                pictures={role: place for role, place in pictures.items() if place is not None},
                layer=given["layer"],
                merged=given["merged"],
                overwrite=given.get("overwrite", False),
                mark_ai=given.get("mark_ai", False),
                manner=Manner(
                    quiet=given.get("quiet", False),
                    json=given["json"],
                    progress=given.get("progress", "bar"),
                ),
            )
        )

    parameters = [_keyword("source", Source, NEEDED)]
    parameters += [_field_parameter(option, model) for option in options]
    parameters += [_role_parameter(role) for role in roles]
    parameters += [_keyword("layer", LayerName, None), _keyword("merged", Merged, False)]
    if writes:
        parameters += [_keyword("out", Out, NEEDED), _keyword("overwrite", Overwrite, False)]
        parameters += [_keyword("mark_ai", MarkAi, False)]
        parameters += [_keyword("quiet", Quiet, False), _keyword("progress", Progress, "bar")]
    parameters += [_keyword("json", Json, False)]
    do.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    do.__annotations__ = {one.name: one.annotation for one in parameters}
    do.__doc__ = model.help
    return do


def _as_list(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _python(name: str) -> str:
    """A role such as `condition.0` as the name of an argument."""
    return name.replace(".", "_").replace("-", "_")


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _field_parameter(option: Option, model: EditModel) -> inspect.Parameter:
    needed = any(model.fields[name].required for name in option.fields)
    info = typer.Option(
        option.flag,
        metavar=option.metavar,
        help=option.help,
        hidden=option.level == "internal",
        rich_help_panel="Advanced" if option.level == "advanced" else None,
        show_default=False,
        autocompletion=_completing(model, option),
    )
    kind = list[str] if option.repeated else str
    default = NEEDED if needed else None
    return _keyword(option.name, Annotated[kind if needed else kind | None, info], default)


def _completing(model: EditModel, option: Option) -> Callable[..., list[str]] | None:
    """What a shell offers after this option."""
    field = model.fields[option.fields[0]]
    if isinstance(field, Records):

        def complete(incomplete: str) -> list[str]:
            return completed(field, incomplete)

        return complete
    if isinstance(field, Choice):
        return lambda: list(field.choices)
    return (lambda: ["yes", "no"]) if isinstance(field, Switch) else None


def _role_parameter(role: ImageRole) -> inspect.Parameter:
    info = typer.Option(
        "--" + role.role.replace(".", "-"),
        metavar=f"{'MASK' if role.kind == 'mask' else 'PICTURE'}",
        help=f"{role.help} A picture file, or the name of a layer of IN.",
        show_default=False,
    )
    kind = str if role.required else str | None
    return _keyword(_python(role.role), Annotated[kind, info], NEEDED if role.required else None)
