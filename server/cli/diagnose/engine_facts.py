# SPDX-License-Identifier: Apache-2.0
"""What the doctor finds out about the engine: is one running, does it answer, what can it do."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from protocol import session
from protocol.client import Client
from protocol.edits.drag_gan import BUNDLED_GENERATOR
from protocol.errors import ProtocolError
from protocol.messages import EngineReport, EngineStatus
from protocol.places import VARIABLE
from protocol.private import no_modes
from protocol.store import Store, default_folder
from server.cli.models import checked, size_of
from server.engine.models.bundled_profile import SCENES
from server.engine.models.catalogue import Catalogue

from .machine_facts import Fact

PATIENCE_S = 3.0
BUNDLED = frozenset({SCENES, BUNDLED_GENERATOR})


def session_facts() -> list[Fact]:
    """The session file, and the engine it names. Nothing is started for this."""
    try:
        path = session.session_path()
        found = session.read(path)
    except ProtocolError as problem:
        if problem.code != "session.missing":
            return [_broken(problem.message)]
        return _not_running(session.session_path())
    place = Fact(topic="engine", name="session file", state="ok", text=str(path))
    if session.is_stale(found):
        hint = "Normal after a crash: the next edit starts a new one."
        return [place, _ill(f"process {found.pid} is gone", hint)]
    try:
        return [place, *_running(found)]
    except ProtocolError as problem:
        hint = f"Stop process {found.pid}; the next edit starts a new one. Its log: {found.log}"
        return [place, _ill(f"does not answer ({problem.message})", hint)]


def _not_running(path: Path) -> list[Fact]:
    """No engine: all is well if one could be started."""
    folder = next(folder for folder in path.parents if os.path.lexists(folder))
    try:
        with tempfile.NamedTemporaryFile(prefix=".pullbrush-", dir=folder) as probe:
            private = sys.platform == "win32" or not os.fstat(probe.fileno()).st_mode & 0o077
    except OSError as problem:
        why = problem.strerror or problem
        return [_broken(f"{path} cannot be made ({why}). Set {VARIABLE} to a file elsewhere.")]
    if not private:
        return [_broken(no_modes(folder).message)]
    text, hint = "not running", "Normal: an edit starts one by itself."
    return [
        Fact(topic="engine", name="session file", state="ok", text=str(path)),
        Fact(topic="engine", name="engine", state="ok", text=text, hint=hint),
    ]


def _broken(text: str) -> Fact:
    """No engine can be reached, nor started."""
    return Fact(topic="engine", name="session file", state="missing", text=text)


def _running(found: session.Session) -> list[Fact]:
    """What the engine says of itself."""
    with Client("pullbrush-doctor", session=found) as client:
        welcome = client.connect(PATIENCE_S)
        report = client.ask(EngineStatus(), PATIENCE_S)
    if not isinstance(report, EngineReport):
        raise ProtocolError("type.unknown")
    minutes = report.uptime_ms / 60_000
    text = (
        f"{report.version}, protocol 1.{welcome.minor}, process {found.pid}, {minutes:.0f} min up"
    )
    facts = [Fact(topic="engine", name="engine", state="ok", text=text)]
    for endpoint in found.endpoints:
        facts.append(Fact(topic="engine", name="listens on", state="ok", text=endpoint))
    for worker in report.workers:
        name = f"worker {worker.name}"
        device = f" on {worker.device}" if worker.device else ""
        text = f"{worker.state}{device}, process {worker.pid}"
        state = "note" if worker.state == "lost" else "ok"
        facts.append(Fact(topic="engine", name=name, state=state, text=text))
    facts.append(Fact(topic="engine", name="log", state="ok", text=found.log))
    return facts


def _ill(text: str, hint: str) -> Fact:
    return Fact(topic="engine", name="engine", state="note", text=text, hint=hint)


def model_facts() -> list[Fact]:
    """Every model with its sum; the bundled ones have to be there and whole."""
    facts: list[Fact] = []
    catalogue = Catalogue()
    for profile in (*catalogue.profiles(), *catalogue.generators()):
        good, text = checked(profile)
        state = "ok" if good else "missing" if profile.id in BUNDLED else "note"
        text = f"{size_of(profile)}, {text}"
        facts.append(Fact(topic="models", name=profile.id, state=state, text=text))
    for name in sorted(BUNDLED - {fact.name for fact in facts}):
        hint = "Get the whole source tree again: the folder of the bundled models is missing."
        text = "the bundled model is not there"
        facts.append(Fact(topic="models", name=name, state="missing", text=text, hint=hint))
    return facts


def store_facts() -> list[Fact]:
    """Where recipes are kept, and how many there are."""
    folder = default_folder()
    text = f"{len(Store(folder).ids())} in {folder}"
    return [Fact(topic="recipes", name="recipes", state="ok", text=text)]
