# SPDX-License-Identifier: Apache-2.0
"""`pullbrush plan`: what an edit would read, change and cost, in the engine's own words; nothing is computed."""

from __future__ import annotations

from protocol.errors import ProtocolError
from protocol.images import Document
from protocol.messages import JobPlan, JobPlanned
from protocol.plugin.strings import Strings
from server.cli.problem import ENGINE, USAGE, Problem
from server.cli.sentences import in_words
from server.cli.streams import print_json, say
from server.cli.words import sentence

from .check import check_edit, check_source
from .connect import connected_client
from .edit_command import Request
from .file_host import FileHost
from .progress import describe
from .report import plan_of
from .run import OWN_FAULT, opened, sentences, with_notes

PATIENCE_S = 60.0


def plan(request: Request) -> None:
    """Check all that `edit` would, ask the engine for its plan, and say it. Raises Problem."""
    kind = request.model.kind
    with sentences(request.source):
        check_source(request.source)
        host, params = opened(request)
        check_edit(host, request.model, params)
        planned = with_notes(_asked(host, kind, params), host)
    if request.manner.json:
        print_json({"ok": True, "command": f"plan {kind}", **plan_of(planned)})
        return
    x, y, width, height = planned.read_rect
    say(describe(planned, Strings()))
    say(f"Reads {width} × {height} pixels at {x},{y}.")
    for text in (in_words(note.sentence) for note in planned.notes):
        say(f"Note: {text}")


def _asked(host: FileHost, kind: str, params: dict[str, object]) -> JobPlanned:
    """The engine's plan. Raises Problem."""
    selection = host.read_selection(None)
    width, height = host.document.size
    message = JobPlan(
        op=kind,
        document=Document(key=host.document_key() or "plan", width=width, height=height),
        params=params,
        selection=None if selection is None else selection.bounds,
    )
    with connected_client() as client:
        try:
            answer = client.ask(message, PATIENCE_S)
        except ProtocolError as problem:
            code = USAGE if problem.code in OWN_FAULT else ENGINE
            raise Problem(sentence(problem.message), code=code, name=problem.code) from None
    if not isinstance(answer, JobPlanned):
        raise Problem("The engine gave no plan; update the older of the two.", code=ENGINE)
    return answer
