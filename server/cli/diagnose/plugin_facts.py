# SPDX-License-Identifier: Apache-2.0
"""What the doctor finds out about the plug-ins: whether Krita can load one, and sandboxes the engine."""

from __future__ import annotations

from protocol.places import FOLDER, home
from protocol.private import is_ours
from server.cli.installing.gimp_folders import gimp_places
from server.cli.installing.krita_folders import places
from server.cli.installing.krita_python import SENTENCES, Finding, examine
from server.cli.installing.plugin_files import GIMP, KRITA
from server.cli.installing.sandbox import Sandbox, network
from server.cli.words import typed

from .machine_facts import Fact, State


def plugin_facts() -> list[Fact]:
    """Only what there is to say: nothing for programs that are not here."""
    kritas = [place for place in places(home()) if (place.resources / "pykrita" / KRITA).is_dir()]
    gimps = [place for place in gimp_places(home()) if (place.plug_ins / GIMP).is_dir()]
    facts = krita_facts(examine(), installed=any(place.sandbox is None for place in kritas))
    for what, sandbox in [(p.what, p.sandbox) for p in (*kritas, *gimps)]:
        if sandbox is not None:
            facts.append(sandbox_fact(what, sandbox))
    return facts


def krita_facts(finding: Finding, *, installed: bool) -> list[Fact]:
    """Whether Krita's Python loads plug-ins. Without PyQt none does, which is an ill for who has installed ours."""
    if finding == "unknown":
        return []
    state: State = "ok"
    if finding != "good":
        state = "missing" if finding == "missing" and installed else "note"
    text, _, hint = SENTENCES[finding].partition(". ")
    hint = f"{hint}." if hint else ""
    return [Fact(topic="hosts", name="Krita's Python", state=state, text=text, hint=hint)]


def sandbox_fact(what: str, sandbox: Sandbox) -> Fact:
    """Whether a sandboxed program can find the engine and reach it."""
    state: State = "missing"
    if not is_ours(sandbox.folder):
        program = "gimp" if "GIMP" in what else "krita"
        text = f"cannot find it: there is no {FOLDER} in {sandbox.shared}"
        hint = f"pullbrush install {program} makes it."
    elif sandbox.kind == "Flatpak" and network(sandbox) == "no":
        text = "cannot reach it: this Flatpak has no network"
        hint = f"flatpak override --user --share=network {sandbox.name}"
    else:
        state, text = "ok", f"its address is found in {sandbox.folder}"
        hint = f"It cannot be started from there: leave `{typed('serve')}` running in a terminal."
    return Fact(topic="hosts", name=f"{what}, engine", state=state, text=text, hint=hint)
