# SPDX-License-Identifier: Apache-2.0
"""What an edit stands on: the engine's plan for it, and the pixels the plan asks for.

Whatever is wanted newest counts. The model sees exactly what was read, so a rectangle that was read is kept while the
region stays inside it: moving a handle neither uploads nor inverts again. When the picture may have changed, the same
rectangle is read again and compared, and only what differs is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator

from ...errors import ProtocolError
from ...events import Event
from ...images import Document
from ...messages import Error, JobPlan, JobPlanned
from .. import snapshot as snapshots
from ..beside import beside, picture_bounds
from ..bites import go_on
from ..engine import Engine, Listener
from ..host import Extent, Host, HostError, Pixels, Rect, layers_of
from ..masks import selection_of
from ..moving import moved_pixels, moved_plan, moved_rect
from ..snapshot import Snapshot, Want, contains
from ..strings import Strings
from .edit_request import EditRequest


class EditInputs:
    """Plan and pixels of one document for the newest request; `planned` is the number of the one with a plan."""

    def __init__(self, host: Host, engine: Engine, listener: Listener, strings: Strings) -> None:
        self.plan: JobPlanned | None = None
        self.planned = -1
        self.planned_for: EditRequest | None = None
        self.held: Snapshot | None = None
        self.extent = Extent(width=1, height=1)
        self.selection: Rect | None = None
        self._host = host
        self._engine = engine
        self._listener = listener
        self._strings = strings
        self._key = host.document_key() or "closed"
        self._request: EditRequest | None = None
        self._wanted = 0
        self._asked: tuple[str, int, EditRequest] | None = None
        self._reading: Generator[None, None, Snapshot] | None = None
        self._stale = False
        self._mask: Pixels | None = None
        self._crop: Rect | None = None
        self._retired: list[Snapshot] = []

    @property
    def is_current(self) -> bool:
        """Whether the plan is for what is wanted now."""
        return self.planned == self._wanted

    @property
    def is_reading(self) -> bool:
        """Whether pixels are being read right now."""
        return self._reading is not None

    @property
    def document(self) -> Document:
        """The document as the engine is told about it."""
        return Document(key=self._key[:128], width=self.extent.width, height=self.extent.height)

    def begin_with(self, mask: Pixels | None, crop: Rect | None = None) -> None:
        """Let a mask stand for the host's selection, and read `crop` as long as the region lies inside it."""
        if (mask, crop) != (self._mask, self._crop):
            self._mask, self._crop = mask, crop
            self._stale, self._reading = True, None
            if crop is not None:
                self.retire()

    def want(self, request: EditRequest, *, stale: bool = False) -> int:
        """Ask for plan and pixels of an edit; `stale`: the picture may be another now.

        Returns a number: once `planned` reaches it, they are for this or for what was wanted later.
        """
        if not request.is_of_same_layer(self._request):
            self.retire()
            self.plan, self.planned, stale = None, -1, True
        self._request = request
        self._wanted += 1
        if stale:
            self._stale, self._reading = True, None
        return self._wanted

    def rest(self) -> None:
        """Nothing is wanted any more; what was read stays."""
        self._reading = None

    def advance(self, budget: float, *, hurry: bool) -> bool:
        """Do what can be done at once; True when there are a plan and the pixels it asks for.

        While a handle is being pulled the plan is always a step behind. In a `hurry` that is good enough to read
        for. Raises HostError when the host cannot give what is needed.
        """
        if self._request is None:
            return False
        if self._reading is not None:  # goes on although the plan changed: most often it still fits
            self._read(self._reading, budget)
        if not self.is_current and self._asked is None:
            self._ask(self._request)
        if self.plan is None or not (self.is_current or hurry):
            return False
        if self._reading is None and not self._good():
            self._reading = snapshots.read(
                self._host, self._rect_to_read(), self._wants(), self._mask
            )
            self._read(self._reading, budget)
        return self._reading is None and self._good()

    def answers(self, event: Event) -> bool:
        """Whether the event is the answer to our question for a plan."""
        return self._asked is not None and getattr(event, "re", None) == self._asked[0]

    def take(self, event: Event) -> None:
        """Take the plan; raises ProtocolError when the engine says that it cannot be done."""
        assert self._asked is not None
        asked, version, request = self._asked
        self._asked = None
        self._engine.forget(asked)
        if isinstance(event, JobPlanned):
            self.plan, self.planned, self.planned_for = event, version, request
        elif isinstance(event, Error) and version == self._wanted:
            raise ProtocolError(event.code, event.sentence)

    def outdate(self) -> None:
        """The picture is another now: the next reading compares all of it."""
        self._stale, self._reading = True, None

    def move(self, dx: int, dy: int, follow: Callable[[Snapshot], Snapshot]) -> None:
        """The picture lies elsewhere now; what was read of it moves along, and the plan is asked for anew."""
        assert self._request is not None
        self._request = self._request.moved(dx, dy)
        if self.planned_for is not None:
            self.planned_for = self.planned_for.moved(dx, dy)
        self.extent = self._host.extent_and_profile()
        if self.plan is not None:
            self.plan = moved_plan(self.plan, dx, dy)
        if self.held is not None:
            self.held = follow(self.held)
            if not contains(self.extent.rect, self.held.rect):
                self.retire()
        self._mask = None if self._mask is None else moved_pixels(self._mask, dx, dy)
        self._crop = None if self._crop is None else moved_rect(self._crop, dx, dy)
        if self._asked is not None:
            self._engine.forget(self._asked[0])
        self._asked, self._reading = None, None
        self._wanted += 1

    def retire(self) -> None:
        """Begin anew with the next reading."""
        if self.held is not None:
            self._retired.append(self.held)
        self.held = None

    def drop_unused(self, used: Collection[str]) -> None:
        """Let go of pixels that are neither held nor in `used`, the blobs of open jobs."""
        kept = {*used, *(self.held.blobs if self.held else ())}
        waiting: list[Snapshot] = []
        for old in self._retired:
            self._engine.connection.drop(*(blob for blob in old.blobs if blob not in kept))
            if any(blob in used for blob in old.blobs):
                waiting.append(old)
        self._retired = waiting

    def _ask(self, request: EditRequest) -> None:
        self.extent = self._host.extent_and_profile()
        selected = selection_of(self._mask, None) if self._mask else self._host.read_selection(None)
        self.selection = selected.bounds if selected else None
        for want in self._wants():
            if want.kind == "selection" and want.required and selected is None:
                raise HostError(self._strings.text("grey.no_mask"))
        snapshots.check_named(self._host, self._wants())
        self._check_place(request)
        asked = self._engine.connection.request(
            JobPlan(
                op=request.kind,
                document=self.document,
                params=dict(request.params),
                selection=self.selection,
            )
        )
        self._asked = (self._engine.expect(asked, self._listener), self._wanted, request)

    def _check_place(self, request: EditRequest) -> None:
        """Refuse what would compute nothing; raises HostError."""
        if not request.model.needs_source:
            return
        keys = (*request.under, request.source)
        bounds = picture_bounds(self._host, keys)
        if bounds is None:
            return
        found = beside(request.model, request.params, self.selection, bounds)
        if found:
            *_, layer = layers_of(self._host, keys)
            raise HostError(self._strings.text(f"grey.{found}", layer=layer.name))

    def _wants(self) -> tuple[Want, ...]:
        request = self._request
        assert request is not None
        return snapshots.wants_of(request.model, request.params, request.source, request.under)

    def _good(self) -> bool:
        return not self._stale and self._holds()

    def _holds(self) -> bool:
        return self.held is not None and self.held.holds(self._needed(), self._wants())

    def _rect_to_read(self) -> Rect:
        assert self.plan is not None
        if self.held is not None and self._holds():
            return self.held.rect
        crop = self._crop
        if crop is not None and all(contains(crop, rect) for rect in self._needed()):
            return crop
        return self.plan.read_rect

    def _needed(self) -> tuple[Rect, ...]:
        assert self.plan is not None
        return self.plan.region or (self.plan.read_rect,)

    def _read(self, reading: Generator[None, None, Snapshot], budget: float) -> None:
        try:
            fresh = go_on(reading, budget)
        except BaseException:
            self._reading = None
            raise
        if fresh is None:
            return
        self._reading, self._stale = None, False
        sent = snapshots.send(fresh, self.held, self._engine.connection)
        held = self.held
        if held is None or (sent.images, sent.wants) != (held.images, held.wants):
            self.retire()
            self.held = sent
