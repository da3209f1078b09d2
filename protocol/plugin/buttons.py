# SPDX-License-Identifier: Apache-2.0
"""The buttons of an edit: always the same in the same places, whatever they say and whether they can be pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from .document.document_controller import DocumentController
from .strings import Strings

ButtonKey = Literal["run", "stop", "apply", "drop", "compute_again", "apply_anyway"]


@dataclass(frozen=True, kw_only=True)
class Button:
    """One button; the tip says what it does, or why it is grey."""

    key: ButtonKey
    label: str
    tip: str
    enabled: bool


DEEDS: Mapping[ButtonKey, Callable[[DocumentController], object]] = {
    "run": DocumentController.run,
    "stop": DocumentController.cancel,
    "apply": DocumentController.apply,
    "drop": DocumentController.discard,
    "compute_again": DocumentController.compute_again,
    "apply_anyway": DocumentController.apply_anyway,
}
"""What each button does."""


COMPUTING = ("waiting", "running", "stopping")
"""Stages in which the engine has the edit. While only a preview is on its way, the edit can be run."""


def buttons(desk: DocumentController | None, strings: Strings) -> tuple[Button, ...]:
    """Run, Cancel, Apply and Discard, in this order; without a document all are grey."""
    text = strings.text
    if desk is None:
        names = ("action.run", "action.cancel", "action.apply", "action.discard")
        keys: tuple[ButtonKey, ...] = ("run", "stop", "apply", "drop")
        why = text("panel.no_document")
        return tuple(
            Button(key=key, label=text(name), tip=why, enabled=False)
            for key, name in zip(keys, names, strict=True)
        )
    grey, busy, keeps = desk.status.grey, desk.status.busy, desk.status.keeps
    computing = desk.session.stage in COMPUTING
    return (
        Button(
            key="run",
            label=text("action.run"),
            tip=grey or text("tip.run"),
            enabled=not grey and not computing,
        ),
        Button(
            key="stop",
            label=text("action.keep_frame" if keeps else "action.cancel"),
            tip=text("tip.keep_frame" if keeps else "tip.cancel"),
            enabled=busy,
        ),
        Button(
            key="apply",
            label=text("action.apply"),
            tip=_apply_tip(desk, strings),
            enabled=desk.status.can_apply,
        ),
        Button(
            key="drop",
            label=text("action.discard"),
            tip=text("tip.discard"),
            enabled=desk.session.outcome is not None and not busy,
        ),
    )


def offers(desk: DocumentController | None, strings: Strings) -> tuple[Button, ...]:
    """Compute again and Apply anyway, for a row below the others that is there while the document is `stale`."""
    stale = desk is not None and bool(desk.status.stale)
    text = strings.text
    return (
        Button(
            key="compute_again",
            label=text("action.compute_again"),
            tip=text("tip.compute_again"),
            enabled=stale,
        ),
        Button(
            key="apply_anyway",
            label=text("action.apply_anyway"),
            tip=text(
                "tip.apply_anyway_old" if desk and desk.status.is_resized else "tip.apply_anyway"
            ),
            enabled=stale and desk is not None and desk.session.artifacts.can_apply_anyway,
        ),
    )


def _apply_tip(desk: DocumentController, strings: Strings) -> str:
    if desk.status.can_apply:
        return strings.text("tip.apply")
    if desk.session.stage == "applied":
        return strings.text("note.already")
    return desk.status.stale or desk.status.grey or strings.text("tip.apply")
