# SPDX-License-Identifier: Apache-2.0
"""`pullbrush models`: what `--model` can name, and whether the files are what they should be."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from server.engine.api import EngineError
from server.engine.models.catalogue import Catalogue
from server.engine.models.generator_files import FAMILY, inspect_generator, is_generator
from server.engine.models.layout import inspect, models_folder
from server.engine.models.profile import ModelProfile
from server.engine.models.registry import registered
from server.engine.models.sums import check_sums, file_sum

from .problem import Problem


def models(*, check: bool) -> None:
    """Print a table; with `check`, every byte is read, and exit code 1 tells that a model is not well."""
    catalogue = Catalogue()
    profiles = catalogue.profiles()
    table = Table(box=None, header_style="bold")
    for head in ("name", "what", "family", "words", "size", *(("files",) if check else ())):
        table.add_column(head, overflow="fold")
    bad = False
    for profile in profiles:
        known = profile.vocabulary
        row = [profile.id, profile.title, profile.family]
        row += [
            str(len(known.words)) if known else "any",
            f"{profile.weight_bytes / 2**20:.0f} MiB",
        ]
        if check:
            good, text = checked(profile)
            bad |= not good
            row.append(text)
        table.add_row(*row)
    for row in generators(check=check):
        table.add_row(*row)
    console = Console()
    console.print(table)
    for name, sentence in unusable(catalogue, {profile.id for profile in profiles}).items():
        console.print(f"{name}: {sentence}", highlight=False)
        bad |= check
    console.print(
        f"\nFor more, put SD1.5-shaped .safetensors files or diffusers folders into "
        f"{models_folder()}, or give their path: --model PATH.",
        highlight=False,
        soft_wrap=True,
    )
    if bad:
        raise typer.Exit(1)


def generators(*, check: bool) -> list[list[str]]:
    """A row for each StyleGAN2 model in the models folder."""
    folder = models_folder()
    rows: list[list[str]] = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.name.startswith(".") or not is_generator(place):
            continue
        try:
            files = inspect_generator(place)
            size = files.weights.stat().st_size / 2**20
            text = f"good, sha256 {file_sum(files.weights)[:16]}…" if check else ""
            row = [place.name, f"StyleGAN2, {files.config.size} pixels", FAMILY, "none"]
            rows.append([*row, f"{size:.0f} MiB", *([text] if check else [])])
        except EngineError as problem:
            rows.append([place.name, problem.message, FAMILY, "", "", *([""] if check else [])])
    return rows


def words_of(name: str) -> None:
    """Print the words a model knows, one a line. Raises Problem for a model that is not there."""
    try:
        known = Catalogue().profile(name).vocabulary
    except EngineError as problem:
        raise Problem(problem.message) from None
    if known is None:
        print(f"{name} states no list of words: every word may be said to it.")
    else:
        print("\n".join(sorted(known.words)))


def checked(profile: ModelProfile) -> tuple[bool, str]:
    """Whether a model's files can be read and are the ones that were shipped, and its sum or the reason."""
    if profile.path is None:
        return False, "its files are not known"
    try:
        return True, f"good, sha256 {check_sums(inspect(profile.path))[:16]}…"
    except EngineError as problem:
        return False, problem.message
    except (OSError, ValueError) as problem:
        return False, f"cannot be read ({problem})"


def unusable(catalogue: Catalogue, usable: set[str]) -> dict[str, str]:
    """Models that were named once and cannot be used now, with the reason."""
    found: dict[str, str] = {}
    for name in registered():
        if name not in usable:
            try:
                catalogue.profile(name)
            except EngineError as problem:
                found[name] = problem.message
            except OSError as problem:
                found[name] = f"cannot be read ({problem.strerror})."
    return found
