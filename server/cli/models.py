# SPDX-License-Identifier: Apache-2.0
"""`pullbrush models`: what `--model` can name, and whether the files are what they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from protocol.plugin.saying import size
from server.cli.sentences import in_words
from server.engine.api import EngineError
from server.engine.models.catalogue import Catalogue
from server.engine.models.checksums import check_sums
from server.engine.models.gan_profile import GanProfile
from server.engine.models.generator_files import checked_sum, is_generator
from server.engine.models.layout import inspect, models_folder
from server.engine.models.profile import ModelProfile
from server.engine.models.registry import registered

from .problem import Problem
from .streams import console, print_json, say

Profile = ModelProfile | GanProfile


def models(*, check: bool, as_json: bool = False) -> None:
    """Print a table; with `check`, every byte is read, and exit code 1 tells that a model is not well."""
    catalogue = Catalogue()
    profiles = [*catalogue.profiles(), *catalogue.generators()]
    usable = {profile.id for profile in profiles}
    refused = {**unusable(catalogue, usable), **refused_generators(catalogue)}
    states = {profile.id: checked(profile) for profile in profiles} if check else {}
    bad = check and (bool(refused) or not all(good for good, _ in states.values()))
    if as_json:
        listed = [described(profile, states) for profile in profiles]
        print_json(
            {
                "ok": not bad,
                "command": "models",
                "models": listed,
                "unusable": refused,
                "folder": models_folder(),
            }
        )
    else:
        _show(profiles, states, refused)
    if bad:
        raise typer.Exit(1)


def described(profile: Profile, states: Mapping[str, tuple[bool, str]]) -> dict[str, Any]:
    """A model for programs; `good` and `state` only where its files were read."""
    node: dict[str, Any] = {
        "name": profile.id,
        "title": profile.title,
        "family": profile.family,
        "words": word_count(profile),
        "bytes": profile.weight_bytes,
        "path": profile.path,
    }
    if profile.id in states:
        node["good"], node["state"] = states[profile.id]
    return node


def _show(
    profiles: Sequence[Profile], states: Mapping[str, tuple[bool, str]], refused: Mapping[str, str]
) -> None:
    table = Table(box=None, header_style="bold")
    for head in ("name", "what", "family", "words", "size", *(("files",) if states else ())):
        table.add_column(head, overflow="fold")
    for profile in profiles:
        row = [profile.id, profile.title, profile.family, words_known(profile), size_of(profile)]
        if states:
            row.append(states[profile.id][1])
        table.add_row(*map(escape, row))
    console().print(table)
    for name, text in refused.items():
        say(f"{name}: {text}")
    say(
        f"\nFor more, put SD1.5-shaped .safetensors files or diffusers folders into "
        f"{models_folder()}, or give their path: --model PATH. "
        "`pullbrush models convert` takes StyleGAN2 checkpoints."
    )


def refused_generators(catalogue: Catalogue) -> dict[str, str]:
    """StyleGAN2 models in the models folder that cannot be used, with the reason."""
    folder, good = models_folder(), {profile.id for profile in catalogue.generators()}
    found: dict[str, str] = {}
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.name.startswith(".") or place.name in good or not is_generator(place):
            continue
        try:
            catalogue.generator(place.name)
        except EngineError as problem:
            found[place.name] = in_words(problem.message)
    return found


def words_of(name: str, *, as_json: bool = False) -> None:
    """Print the words a model knows, one a line. Raises Problem for a model that is not there."""
    try:
        known = Catalogue().profile(name).vocabulary
    except EngineError as problem:
        raise Problem(problem.message) from None
    if as_json:
        words = None if known is None else sorted(known.words)
        print_json({"ok": True, "command": "models", "model": name, "words": words})
    elif known is None:
        print(f"{name} states no list of words: every word may be said to it.")
    else:
        print("\n".join(sorted(known.words)))


def word_count(profile: Profile) -> int | None:
    """How many words may be said to a model; None where every word may be."""
    if isinstance(profile, GanProfile):
        return 0
    return len(profile.vocabulary.words) if profile.vocabulary else None


def words_known(profile: Profile) -> str:
    """The same as it stands in the table."""
    count = word_count(profile)
    return "any" if count is None else str(count or "none")


def size_of(profile: Profile) -> str:
    """A model's weights, in the units of every panel."""
    return size(profile.weight_bytes)


def checked(profile: Profile) -> tuple[bool, str]:
    """Whether a model's files can be read and are the ones that were shipped, and its sum or the reason."""
    if profile.path is None:
        return False, "its files are not known"
    try:
        if isinstance(profile, GanProfile):
            digest = checked_sum(profile.path)
        else:
            digest = check_sums(inspect(profile.path))
        return True, f"good, sha256 {digest[:16]}…"
    except EngineError as problem:
        return False, in_words(problem.message)
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
                found[name] = in_words(problem.message)
            except OSError as problem:
                found[name] = f"cannot be read ({problem.strerror})."
    return found
