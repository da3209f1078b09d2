# SPDX-License-Identifier: Apache-2.0
"""`pullbrush doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version

from rich.markup import escape
from rich.table import Table

from protocol import VERSION
from server.cli.streams import console, print_json, say

from .engine_facts import model_facts, session_facts, store_facts
from .machine_facts import Fact, host_facts, machine_facts, python_facts, torch_facts
from .plugin_facts import plugin_facts
from .prompt_facts import prompt_facts, word_facts

TOPICS: dict[str, Callable[[], list[Fact]]] = {
    "python": python_facts,
    "device": torch_facts,
    "machine": machine_facts,
    "models": model_facts,
    "words": word_facts,
    "hosts": lambda: [*host_facts(), *plugin_facts()],
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
        print_json({"ok": not any(fact.state == "missing" for fact in facts), **report})
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
    screen = console()
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
    screen.print(table)
    if ending:
        say(f"\n{verdict(facts)}")


def verdict(facts: Sequence[Fact]) -> str:
    """The last line: whether all works, and what does not."""
    missing = [fact.name for fact in facts if fact.state == "missing"]
    if not missing:
        return "Everything that is needed works."
    what = "One thing does" if len(missing) == 1 else f"{len(missing)} things do"
    return f"{what} not work: {', '.join(missing)}. What to do stands beside it."
