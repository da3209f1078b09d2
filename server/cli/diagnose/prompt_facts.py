# SPDX-License-Identifier: Apache-2.0
"""What the doctor says about words: which ones a model knows, and what it makes of a prompt."""

from __future__ import annotations

from protocol.sentences import SAY, heard
from server.cli.problem import Problem
from server.cli.sentences import in_words
from server.engine.api import EngineError
from server.engine.models.bundled_profile import SCENES
from server.engine.models.catalogue import Catalogue
from server.engine.models.prompt_notes import ALL_UNKNOWN, CUT, UNKNOWN, notes_of

from .machine_facts import Fact

SHORT = frozenset("a an the and in on at by with".split())  # noqa: SIM905 - reads better
EXAMPLES = 12
HINTS = {
    UNKNOWN: "See which words it knows: pullbrush models --words {model}",
    ALL_UNKNOWN: "See which words it knows: pullbrush models --words {model}",
    CUT: "Say less, the most important things first.",
}


def word_facts() -> list[Fact]:
    """How many words each model knows, with examples; only models of few words are worth a line."""
    facts: list[Fact] = []
    for profile in Catalogue().profiles():
        known = profile.vocabulary
        if known is None:
            continue
        telling = sorted(known.words - SHORT, key=lambda word: (-len(word), word))
        shown = ", ".join(sorted(telling[:: max(1, len(telling) // EXAMPLES)][:EXAMPLES]))
        facts.append(
            Fact(
                topic="words",
                name=f"words of {profile.id}",
                state="ok",
                text=f"{len(known.words)}, such as {shown}",
                hint=f"Try a prompt: pullbrush doctor --model {profile.id} --prompt “…”",
            )
        )
    return facts


def prompt_facts(prompt: str, model: str = SCENES) -> list[Fact]:
    """What a model reads when it is told `prompt`. Raises Problem for a model that is not there."""
    try:
        profile = Catalogue().profile(model)
    except EngineError as problem:
        raise Problem(problem.message) from None
    reading = profile.read(prompt)
    text = reading.text or "nothing: the picture is made as without a prompt"
    if profile.vocabulary is None:
        text += " (this model states no list of words; every word is handed over)"
    facts = [Fact(topic="words", name="reads", state="ok", text=text)]
    for note in notes_of(reading):
        hint = HINTS.get(note.code, "").format(model=model)
        facts.append(
            Fact(
                topic="words",
                name="note",
                state="note",
                text=in_words(heard(note.message, {**note.detail, SAY: f"note.{note.code}"})),
                hint=hint,
            )
        )
    if not reading.unknown and profile.vocabulary is not None:
        facts.append(Fact(topic="words", name="words", state="ok", text="it knows all of them"))
    return facts
