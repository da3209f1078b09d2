# SPDX-License-Identifier: Apache-2.0
"""How a command says what it does: options that many commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

PROGRESS = ("bar", "json", "none")

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="At the end one JSON object on standard output, also for what fails."
    ),
]
Progress = Annotated[
    str,
    typer.Option(
        "--progress",
        metavar="|".join(PROGRESS),
        help="bar, on a terminal; json: a JSON object a line on standard error; or none.",
        autocompletion=lambda: list(PROGRESS),
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a file that is there already, without asking."),
]


@dataclass(frozen=True, kw_only=True)
class Manner:
    """`progress` is one of `PROGRESS`; `json` asks for one object at the end, and `quiet` for nothing at all."""

    quiet: bool = False
    json: bool = False
    progress: str = "bar"
