# SPDX-License-Identifier: Apache-2.0
"""`pullbrush doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from protocol import VERSION

from .facts import Fact, host_facts, machine_facts, python_facts, torch_facts
from .facts_engine import model_facts, session_facts, store_facts
from .facts_words import prompt_facts, word_facts

TOPICS: dict[str, Callable[[], list[Fact]]] = {
    "python": python_facts,
    "device": torch_facts,
    "machine": machine_facts,
    "models": model_facts,
    "words": word_facts,
    "hosts": host_facts,
    "engine": session_facts,
    "recipes": store_facts,
}
MARKS = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "missing": "[red]✗[/]"}


def doctor(*, as_json: bool, prompt: str | None = None, model: str = "scenes") -> None:
    """Print all facts, or those about a prompt; exit code 1 when something that is needed is missing.

    Raises Problem for a model that is not there.
    """
    import typer

    facts = list(examine()) if prompt is None else prompt_facts(prompt, model)
    if as_json:
        major, minor = VERSION
        report = {
            "pullbrush": version("pullbrush"),
            "protocol": f"{major}.{minor}",
            "facts": [asdict(fact) for fact in facts],
        }
        print(json.dumps(report, indent=1))
    else:
        _show(facts, ending=prompt is None)
    if any(fact.state == "missing" for fact in facts):
        raise typer.Exit(1)


def examine() -> Iterator[Fact]:
    """All facts, topic by topic; an examination that fails is a fact, too."""
    for topic, look in TOPICS.items():
        try:
            yield from look()
        except Exception as problem:  # the doctor has to survive whatever the patient has
            text = f"could not be examined ({type(problem).__name__}: {problem})"
            yield Fact(topic=topic, name=topic, state="note", text=text)


def _show(facts: list[Fact], *, ending: bool) -> None:
    console = Console()
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    topic = ""
    for fact in facts:
        if topic and fact.topic != topic:
            table.add_row()
        topic = fact.topic
        hint = f"\n[dim]{escape(fact.hint)}[/]" if fact.hint else ""
        table.add_row(MARKS[fact.state], escape(fact.name), escape(fact.text) + hint)
    console.print(table)
    if not ending:
        return
    missing = sum(fact.state == "missing" for fact in facts)
    console.print(
        f"\n{missing} thing(s) missing." if missing else "\nEverything that is needed works."
    )
