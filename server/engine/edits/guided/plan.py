# SPDX-License-Identifier: Apache-2.0
"""Saying what a guided edit will do before it does it: area, memory, evaluations, time. Geometry only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from protocol.edits import GuidedEdit
from server.engine.api import Cost, Note, Plan, Rect, Size
from server.engine.canvas import Crop, choose_crop
from server.engine.diffusion.dragon_settings import evaluations
from server.engine.edits.guided.functions import E, GuidedFunctions
from server.engine.edits.guided.task import region_of
from server.engine.edits.planning import REST_S, TEXT_S, WARP_S, loading_works, soft_notes
from server.engine.edits.runner import PlanContext
from server.engine.models.profile import GuidedSettings, ModelProfile
from server.engine.models.prompt_notes import notes_of
from server.engine.timing.work import Work, seconds_of

GUIDE_ROWS, REFERENCE_ROWS = 1.57, 0.75
"""What a gradient and early features cost, in whole rows: SD1.5's shares, for a first guess."""


@dataclass(frozen=True, kw_only=True)
class GuidedWorks:
    """What a guided edit of a crop consists of."""

    edit: GuidedEdit
    profile: ModelProfile
    settings: GuidedSettings
    crop: Crop

    def calls(self) -> dict[str, int]:
        """Network evaluations by purpose; none for a plain warp."""
        edit, steps = self.edit, self.profile.steps[self.edit.preset]
        if edit.reference_compat:
            found = evaluations(self.settings.published, steps)
        else:
            dragon = self.settings.dragon
            scale = dragon.energy_scale * edit.strength
            found = evaluations(
                replace(dragon, algorithm=edit.algorithm, energy_scale=scale), steps
            )
        return found if edit.method == "guided" else dict.fromkeys(found, 0)

    def of_inversion(self) -> list[Work]:
        """What is done once for a picture and a prompt."""
        cells, pixels = self._cells(), self.crop.size[0] * self.crop.size[1]
        encoded = seconds_of(cells * self.profile.decoder_gflop / 2)
        evaluated = seconds_of(cells * self.profile.network_gflop)
        return [
            Work(kind="text", guess=TEXT_S),
            Work(kind="encode", size=pixels, guess=encoded),
            Work(kind="evaluation", size=cells, count=self.calls()["invert"], guess=evaluated),
        ]

    def of_references(self, known: int) -> list[Work]:
        """So many of the source's features, which are kept from one edit of it to the next."""
        return [replace(work, count=known) for work in self.of_edit() if work.kind == "reference"]

    def of_edit(self) -> list[Work]:
        """What is done for every edit of an inverted picture."""
        edit, area = self.edit, self.crop.visible[2] * self.crop.visible[3]
        if edit.method == "warp":
            return [Work(kind="warp", size=area, guess=WARP_S * area)]
        cells, pixels = self._cells(), self.crop.size[0] * self.crop.size[1]
        found, said = self.calls(), bool(self.profile.read(edit.prompt).text)
        row = seconds_of(cells * self.profile.network_gflop)
        coded = seconds_of(cells * self.profile.decoder_gflop)
        rows, compat = 2 if said else 1, edit.reference_compat
        works = [
            Work(kind="evaluation", size=rows * cells, count=found["denoise"], guess=rows * row),
            Work(kind="evaluation", size=cells, count=found["renoise"], guess=row),
            Work(kind="guide", size=cells, count=found["guide"], guess=GUIDE_ROWS * row),
            Work(
                kind="reference", size=cells, count=found["reference"], guess=REFERENCE_ROWS * row
            ),
            Work(kind="text", count=int(said), guess=TEXT_S),
            Work(kind="encode", size=pixels, count=int(not compat), guess=coded / 2),
            Work(kind="decode", size=pixels, count=2, guess=coded),
            Work(kind="preview", size=pixels, count=found["denoise"], guess=coded),
            Work(kind="rest", size=area, guess=REST_S),
        ]
        return [work for work in works if work.count > 0]

    def _cells(self) -> int:
        """Latent cells of the picture that the model sees."""
        stride = self.profile.stride
        return (self.crop.size[0] // stride) * (self.crop.size[1] // stride)


def planned(
    functions: GuidedFunctions[E],
    edit: E,
    document: Size,
    selection: Rect | None,
    context: PlanContext,
) -> Plan:
    """What the edit will read, change and cost, from geometry and from the times that were learned here.

    Raises EngineError when it cannot be done, saying why.
    """
    profile, times = context.catalogue.profile(edit.model), context.times
    region = region_of(functions, edit, document, selection)
    crop = choose_crop(region, document, profile.grid)
    settings = functions.settings(edit, profile)
    works = GuidedWorks(edit=edit, profile=profile, settings=settings, crop=crop)
    again, found = works.of_edit(), works.calls()
    first = again
    if edit.method == "guided":
        first = [*loading_works(profile, context.ready), *works.of_inversion(), *again]
    all_of_it = times.estimate(profile.id, first)
    kept = [work for work in again if work.kind != "reference"]

    def cost(works: list[Work], *saved: str) -> Cost:
        seconds = times.estimate(profile.id, works).seconds
        evaluations = sum(count for purpose, count in found.items() if purpose not in saved)
        return Cost(eta_ms=round(1000 * seconds), evaluations=evaluations)

    notes = [*soft_notes(crop), *functions.notes(edit, document, selection)]
    return Plan(
        read_rect=crop.visible,
        region=region,
        crop=crop.rect,
        model=profile.id,
        bytes=profile.weight_bytes + int(profile.work_bytes * crop.size[0] * crop.size[1] / 1e6),
        eta_ms=round(1000 * all_of_it.seconds),
        evaluations=sum(found.values()),
        notes=(*notes, *_on_words(edit, profile)),
        eta_guessed=all_of_it.guessed,
        inverted=cost(again, "invert"),
        edited=cost(kept, "invert", "reference"),
    )


def _on_words(edit: GuidedEdit, profile: ModelProfile) -> tuple[Note, ...]:
    """What the model will make of the prompt; a plain warp asks no model."""
    read = edit.prompt if edit.method == "guided" else ""
    return notes_of(profile.read(read))
