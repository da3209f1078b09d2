# SPDX-License-Identifier: Apache-2.0
"""What all plans say alike: what comes before an edit that is the first one, and when its result will be soft."""

from __future__ import annotations

from server.engine.api import Note, Ready, note
from server.engine.canvas import Crop
from server.engine.models.checksums import are_known
from server.engine.models.gan_profile import GanProfile
from server.engine.models.profile import ModelProfile
from server.engine.timing.work import Work, loading

START_S, TEXT_S, REST_S, WARP_S = 6.0, 0.05, 0.3, 0.25e-6
"""First guesses, in seconds: libraries, one prompt, all that is no network, and a pixel that is only warped."""
SOFT_BELOW = 0.5
"""Model pixels for each document pixel, below which it is said that the model paints smaller than the area is."""


def loading_works(profile: ModelProfile | GanProfile, ready: Ready) -> list[Work]:
    """What comes before an edit that is the first one: libraries, weights."""
    works = [] if ready.worker else [Work(kind="start", guess=START_S)]
    if profile.id in ready.models:
        return works
    return [*works, *loading(profile.weight_bytes, hashed=are_known(profile.weight_files))]


def soft_notes(crop: Crop) -> list[Note]:
    """That the model paints smaller than the area is, where it does."""
    if min(crop.scale) >= SOFT_BELOW:
        return []
    (_, _, width, height), (wide, high) = crop.rect, crop.size
    return [note("plan.soft", width=width, height=height, wide=wide, high=high)]
