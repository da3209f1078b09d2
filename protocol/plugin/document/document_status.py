# SPDX-License-Identifier: Apache-2.0
"""How one open document stands on the panel: what can be read off it, without doing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...messages import JobPlanned, Model
from ..engine import Engine
from ..film import LAST, Film, limited, returns_frames
from ..panel import PanelModel
from ..session.edit_session import EditSession
from ..session.state_machine import BUSY
from ..strings import Strings
from .edit_forms import EditForms
from .source_layer import SourceLayer


class DocumentStatus:
    """One document's."""

    def __init__(
        self,
        engine: Engine,
        session: EditSession,
        forms: EditForms,
        source: SourceLayer,
        strings: Strings,
    ) -> None:
        self._engine, self._session, self._forms = engine, session, forms
        self._source, self._strings = source, strings

    @property
    def form(self) -> PanelModel:
        """The chosen edit's values as they stand, with as many frames to choose from as there are."""
        form = self._forms.form
        if not returns_frames(form.edit):
            return form
        frames = self.film.frames if self.film is not None else 0
        chosen = form.values.get(form.edit.frame_field or "")
        edit = limited(self._engine.edits[self._forms.kind], frames, chosen)
        return form if edit == form.edit else replace(form, edit=edit)

    @property
    def film(self) -> Film | None:
        """The film whose frames can be chosen now, None for none."""
        return self._session.status.film if self._source.is_taken_up else None

    @property
    def usable_models(self) -> list[Model]:
        """The models that the chosen edit works with."""
        found = self._engine.models.values()
        return [model for model in found if not model.ops or self._forms.kind in model.ops]

    @property
    def model_instead(self) -> tuple[str, str] | None:
        """Parameter and value where the usual model of an edit is not installed: the first one that it works with."""
        form, usable = self.form, [model.name for model in self.usable_models]
        name = form.edit.model_field
        if name is None or not usable:
            return None
        spec, chosen = form.edit.fields[name], form.value(name)
        usual = not spec.required and chosen == spec.default
        return (name, usable[0]) if usual and chosen not in usable else None

    @property
    def params(self) -> Mapping[str, object] | None:
        """What is set, None while it is not possible."""
        form = self.form
        return None if form.first_problem else form.params()

    @property
    def is_submitted(self) -> bool:
        """Whether what is set is what was computed last."""
        computed = self._session.artifacts.computed
        return computed is not None and computed.params == self.params

    @property
    def is_applied(self) -> bool:
        """Whether the newest result in the document is what is set now."""
        newest = self._session.artifacts.newest
        applied = newest.outcome if newest.is_current else None
        return applied is not None and (applied.kind, applied.params) == (
            self._forms.kind,
            self.params,
        )

    @property
    def drags_are_applied(self) -> bool:
        """Whether the drags are those of the newest result in the document: undo then takes that result away."""
        newest = self._session.artifacts.newest
        applied = newest.outcome if newest.is_current else None
        model = self._engine.edits.get(applied.kind) if applied is not None else None
        if applied is None or model is None or model.drags_field is None:
            return False
        return (applied.params.get(model.drags_field) or []) == self._forms.drags.now.plain()

    @property
    def marks_are_applied(self) -> bool:
        """Whether what is drawn on the canvas for the edit made the newest result in the document."""
        return self.drags_are_applied if self.form.edit.drags_field else self.is_applied

    @property
    def will_hide(self) -> tuple[str, ...]:
        """Keys of the layers that what is seen stands for: they are hidden when its result is applied."""
        older = self._source.placing.replaces
        hides = self._session.artifacts.preview.hides
        return tuple(dict.fromkeys([*hides, *([older] if older else [])]))

    @property
    def grey(self) -> str:
        """Why the edit cannot run now, or nothing."""
        engine, source, form, text = self._engine, self._source, self.form, self._strings.text
        if source.refusal and form.edit.needs_source:
            return self._strings.said(source.refusal)
        if engine.ready and engine.models and not self.usable_models:
            return text(f"grey.no_model.{self._forms.kind}", text("grey.no_model"))
        pulled = any(not path.is_pin for path in self._forms.drags.now.paths)
        if engine.ready and form.edit.drags_field and not pulled:
            return text("grey.no_drags")
        if source.place_problem:
            return text(f"grey.{source.place_problem}", layer=source.works_on)
        why = form.grey(engine=engine.ready, roles=source.roles)
        return why or (text("move.nothing") if self._moves_nothing else "")

    @property
    def plan(self) -> JobPlanned | None:
        """What the engine said the edit will do, as it is set now."""
        return self._session.plan if self._source.is_taken_up else None

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self._session.stage in BUSY

    @property
    def keeps(self) -> bool:
        """Whether to stop now is to keep the frame that is seen: frames are being made, and the last one is wanted."""
        frame = self.form.edit.frame_field
        made = self._session.status.shown_frame >= 0
        return made and frame is not None and self.form.value(frame) == LAST

    @property
    def can_apply(self) -> bool:
        """Whether Apply would do something now."""
        session = self._session
        if session.stage in ("applied", "stale") or session.stale is not None:
            return False
        return session.outcome is not None or not self.grey

    @property
    def stale(self) -> str:
        """What became of the picture that a result was made from, and what can be done; "" when it is still that."""
        return self._session.status.stale_sentence

    @property
    def is_resized(self) -> bool:
        """Whether a result is of the picture before it was scaled, turned or distorted: places do not fit any more."""
        stale = self._session.stale
        return stale is not None and stale.change == "resized"

    def error(self, notice: str) -> str:
        """What went wrong and what to do, or nothing; `notice` is what is to be said else."""
        failure = self._session.failure
        if failure is not None:
            return self._strings.error(failure.code, failure.message)
        return self._strings.said(notice)

    def seen(self) -> tuple[object, ...]:
        """All that a panel shows of it: it is to be drawn again when this is another."""
        session, source, engine = self._session, self._source, self._engine
        layer = source.active
        return (
            self._forms.kind, self.form, self._forms.drags.now, layer and layer.key,
            layer and layer.name, layer and layer.refusal, source.selection, session.stage,
            session.progress, session.warning, session.failure, id(session.outcome), self.plan,
            engine.ready, engine.problem, id(engine.models), self._strings.language, source.flat,
            source.works_on, source.cover, id(self.film), self.keeps,
            self.stale, source.place_problem, session.status.queue,
        )  # fmt: skip

    @property
    def _moves_nothing(self) -> bool:
        """Whether all that says where the object goes is as it was."""
        form, fields = self.form, self.form.edit.fields
        unmoved = all(form.value(name) == fields[name].default for name in form.edit.place_fields)
        return form.edit.moves_object and unmoved
