# SPDX-License-Identifier: Apache-2.0
"""How one open document stands on the panel: what can be read off it, without doing anything (see `desk`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..edits import Drags, Seed
from ..messages import JobPlanned, Model
from ..recipe import Bundle
from ..store import Store
from .drags import DragList
from .engine import Engine
from .film import LAST, Film, limited, returns_frames
from .host import Host, HostLayer, Pixels, Rect
from .kept import Kept
from .notes import Notes, read_history
from .panel import PanelModel
from .placing import Placing
from .remember import Pictures
from .session import EditSession
from .stage import BUSY
from .strings import Strings
from .undo import Undo


class DeskState:
    """What a panel shows of a document; `version` grows whenever there is something new to draw."""

    def __init__(
        self,
        host: Host,
        engine: Engine,
        *,
        store: Store | None = None,
        strings: Strings | None = None,
        notes: Notes | None = None,
        kind: str = "",
        kept: Kept | None = None,
    ) -> None:
        self.host = host
        self.engine = engine
        self.strings = strings or Strings()
        self.notes = notes
        self.drags: Undo[DragList] = Undo(now=DragList())
        self.history, self.notice = read_history(notes)
        self.layer: HostLayer | None = None
        self.selection: Rect | None = None
        self.seed_locked = False
        self.auto_run = True
        self.flat: frozenset[int] = frozenset()
        self.place_problem = ""
        self.works_on = ""
        self.cover = ""
        """Key of the result that hides the active layer, "" when none does."""
        self.in_file: Mapping[str, Bundle] = {}
        self.version = 0
        self._placing = Placing(host)
        self.session = EditSession(self._placing, engine, store=store, strings=self.strings)
        self.store = store
        self._kept_values = kept or Kept()
        self._panels: dict[str, PanelModel] = {}
        self._edits = engine.edits
        self._source: str = ""
        self._mask: Pixels | None = None
        self._taken_up = False
        self._kept = 0
        self._pictures = Pictures()
        self._ran: Mapping[str, object] | None = None
        self._seen: tuple[object, ...] = ()
        self._starts: object = ()
        self._applied_drags: object = None
        self._applied_as: object = None
        self._canvas = (0, 0)
        """How large the document was when the drags changed last."""
        self._along: object = None
        """The drags as the picture took them along last."""
        self._followed = 0
        self._waits = False
        self._settled: DragList | None = None
        """The drags as they were before it began to be found out where the picture lies, if they changed since."""
        self.kind = kind if kind in engine.edits else next(iter(engine.edits), "")

    # ---- what is shown

    @property
    def panel(self) -> PanelModel:
        """The chosen edit's values as they stand."""
        panel = self._panel_of(self.kind)
        if not returns_frames(panel.edit):
            return panel
        frames = self.film.frames if self.film is not None else 0
        chosen = panel.values.get(panel.edit.frame_field or "")
        edit = limited(self.engine.edits[self.kind], frames, chosen)
        return panel if edit == panel.edit else replace(panel, edit=edit)

    @property
    def film(self) -> Film | None:
        """The film whose frames can be chosen now, None for none."""
        return self.session.status.film if self._taken_up else None

    @property
    def usable_models(self) -> list[Model]:
        """The models that the chosen edit works with."""
        found = self.engine.models.values()
        return [model for model in found if not model.ops or self.kind in model.ops]

    @property
    def drags_field(self) -> str | None:
        """The parameter that takes the drags, if the chosen edit has one."""
        return self._field(Drags)

    @property
    def seed_field(self) -> str | None:
        """The parameter that takes the seed, if the chosen edit has one."""
        return self._field(Seed)

    @property
    def moves(self) -> bool:
        """Whether the chosen edit puts the selected object somewhere else."""
        return self.panel.edit.moves_object

    @property
    def drags_are_applied(self) -> bool:
        """Whether the drags are those of the newest result in the document: undo then takes that result away."""
        return self._applied_drags is not None and self._applied_drags == self.drags.now.plain()

    @property
    def drags_were_taken_along(self) -> bool:
        """Whether the drags are where they are because the picture was scaled, turned or mirrored."""
        return self._along is not None and self._along == self.drags.now.plain()

    @property
    def is_applied(self) -> bool:
        """Whether the newest result in the document is what the panel says now."""
        return self._applied_as == (self.kind, self.panel.values)

    @property
    def marks_are_applied(self) -> bool:
        """Whether what is drawn on the canvas for the edit made the newest result in the document."""
        return self.drags_are_applied if self.drags_field else self.is_applied

    @property
    def mask(self) -> Pixels | None:
        """The mask of a recipe that stands for the selection until that changes."""
        return self._mask

    @property
    def source(self) -> str:
        """The key of the layer that is edited, "" while that is still open."""
        return self._source

    @property
    def lies_on(self) -> str:
        """The key of the layer right above which a result comes, "" while that is still open."""
        return self._placing.replaces or self._source

    @property
    def will_hide(self) -> tuple[str, ...]:
        """Keys of the layers that what is seen stands for: they are hidden when its result is applied."""
        older = self._placing.replaces
        return tuple(
            dict.fromkeys([*self.session.artifacts.showing.hides, *([older] if older else [])])
        )

    @property
    def grey(self) -> str:
        """Why the edit cannot run now, or nothing."""
        roles = {"source", "mask"} if self.selection or self._mask else {"source"}
        layer = self.layer
        if layer is not None and layer.refusal and self._source in ("", layer.key):
            return self.strings.said(layer.refusal)
        if self.engine.ready and self.engine.models and not self.usable_models:
            usual = self.strings.text("grey.no_model")
            return self.strings.text(f"grey.no_model.{self.kind}", usual)
        if (
            self.engine.ready
            and self.drags_field
            and not any(not path.is_pin for path in self.drags.now.paths)
        ):
            return self.strings.text("grey.no_drags")
        if self.place_problem:
            return self.strings.text(f"grey.{self.place_problem}", layer=self.works_on)
        why = self.panel.grey(engine=self.engine.ready, roles=roles)
        return why or (self.strings.text("move.nothing") if self._moves_nothing else "")

    @property
    def plan(self) -> JobPlanned | None:
        """What the engine said the edit will do, as it is on the panel now."""
        return self.session.plan if self._taken_up else None

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self.session.stage in BUSY

    @property
    def keeps(self) -> bool:
        """Whether to stop now is to keep the frame that is seen: frames are being made, and the last one is wanted."""
        frame = self.panel.edit.frame_field
        return (
            self.session.status.shown_frame >= 0
            and frame is not None
            and self.panel.value(frame) == LAST
        )

    @property
    def can_apply(self) -> bool:
        """Whether Apply would do something now."""
        session = self.session
        if session.stage in ("applied", "stale") or session.stale is not None:
            return False
        return session.outcome is not None or not self.grey

    @property
    def stale(self) -> str:
        """What became of the picture that a result was made from, and what can be done; "" when it is still that."""
        return self.session.status.stale_sentence

    @property
    def is_resized(self) -> bool:
        """Whether a result is of the picture before it was scaled, turned or distorted: places do not fit any more."""
        stale = self.session.stale
        return stale is not None and stale.change == "resized"

    @property
    def can_apply_anyway(self) -> bool:
        """Whether the result can be added although its picture is another now."""
        return self.session.artifacts.can_apply_anyway

    @property
    def error(self) -> str:
        """What went wrong and what to do, or nothing."""
        failure = self.session.failure
        if failure is not None:
            return self.strings.error(failure.code, failure.message)
        return self.strings.said(self.notice)

    # ---- within

    @property
    def _moves_nothing(self) -> bool:
        """Whether all that says where the object goes is as it was."""
        panel, fields = self.panel, self.panel.edit.fields
        asked = panel.edit.place_fields
        return self.moves and all(panel.value(name) == fields[name].default for name in asked)

    def _panel_of(self, kind: str) -> PanelModel:
        if kind not in self._panels:
            edit = self.engine.edits[kind]
            fresh = PanelModel(edit=edit, strings=self.strings)
            self._panels[kind] = fresh.set_all(self._kept_values.beginning(edit))
        return self._panels[kind]

    def _field(self, sort: type[Any]) -> str | None:
        fields = self.panel.edit.fields.items()
        return next((name for name, spec in fields if isinstance(spec, sort)), None)

    def _looks(self) -> tuple[object, ...]:
        session, layer = self.session, self.layer
        return (
            self.kind, self.panel, self.drags.now, id(self.history), layer and layer.key,
            layer and layer.name, layer and layer.refusal, self.selection, session.stage,
            session.progress, session.warning, session.failure, id(session.outcome), self.plan,
            self.notice, self.engine.ready, self.engine.problem, id(self.engine.models),
            self.strings.language, self.seed_locked, self.auto_run, self.flat, self.works_on,
            self.cover, id(self.film), self.keeps, self.stale, self.place_problem, session.status.queue,
        )  # fmt: skip
