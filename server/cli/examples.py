# SPDX-License-Identifier: Apache-2.0
"""The examples at the end of every help text. Those of edits are made from the edits' descriptions."""

from __future__ import annotations

from protocol.edits import EditModel

from .editing.options import field_options, picture_roles, sample

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "pullbrush edit drag photo.png --drag 180,90:180,50 -o photo.ora",
        "pullbrush plan move photo.png --mask dog.png --by 40,0",
        "pullbrush doctor",
    ),
    "edit": (
        "pullbrush edit drag photo.png --drag 180,90:180,50 -o photo.ora",
        "pullbrush edit move photo.png --mask dog.png --by 40,0 -o moved.png --overwrite",
    ),
    "plan": ("pullbrush plan drag photo.png --drag 180,90:180,50",),
    "redo": (
        "pullbrush redo photo.ora --set seed=7 -o other.ora",
        "pullbrush redo photo.ora --set drag=180,90:180,40 -o higher.ora",
    ),
    "serve": ("pullbrush serve --idle-exit 60",),
    "stop": ("pullbrush stop", "pullbrush stop --force"),
    "demo": ("pullbrush demo --out pictures",),
    "models": (
        "pullbrush models",
        "pullbrush models --check",
        "pullbrush models --words scenes",
    ),
    "models convert": ('pullbrush models convert lions.pkl --name lions --license "CC BY-NC 4.0"',),
    "doctor": ("pullbrush doctor", 'pullbrush doctor --prompt "a red boat on a lake"'),
    "install": ("pullbrush install krita", "pullbrush install gimp --dry-run"),
    "uninstall": ("pullbrush uninstall gimp",),
    "bench": ("pullbrush bench edits --seed 4",),
    "bench transport": ("pullbrush bench transport --side 1024",),
    "bench parity": ("pullbrush bench parity",),
    "bench edits": ("pullbrush bench edits --seed 4 --scenes 2 --cost-steps 0",),
    "bench draggan": ("pullbrush bench draggan --model heads-gan",),
    "bench model": ("pullbrush bench model --prompts 20 --inversions 0",),
}
"""By the words after `pullbrush`."""


def epilog(command: str) -> str:
    """The examples of a command, as its help shows them."""
    return _shown(EXAMPLES[command])


def edit_epilog(model: EditModel, word: str) -> str:
    """The example of an edit: `word` is edit or plan."""
    return _shown((edit_example(model, word),))


def edit_example(model: EditModel, word: str) -> str:
    """A command that this edit accepts: all that it needs, and where things go."""
    parts = ["pullbrush", word, model.kind, "photo.png"]
    for role in picture_roles(model):
        if role.required:
            parts.append(f"--{role.role.replace('.', '-')} {role.kind}.png")
    for option in field_options(model):
        needed = any(model.fields[name].required for name in option.fields)
        if needed or len(option.fields) == 2:
            parts.append(f"{option.flag} {sample(model, option)}")
    if word == "edit":
        parts.append("-o photo.ora")
    return " ".join(parts)


def _shown(lines: tuple[str, ...]) -> str:
    return "\n\n".join(("Examples:" if len(lines) > 1 else "Example:", *lines))
