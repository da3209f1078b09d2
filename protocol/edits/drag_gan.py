# SPDX-License-Identifier: Apache-2.0
"""Drag with a GAN: pull points of something a generator knows by heart, and watch it follow at every iteration.

DragGAN (Pan et al. 2023, arXiv 2305.10973) on the artist's own picture, by inversion of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from .drag import ARROWS
from .edit import MODEL, SOURCE, Edit, ImageRole, Preview, Returns, described
from .fields import Number, Switch
from .paths import DragPath

FRAMES_MAX = 1000
"""Most iterations of one pull; its film has one frame more, the first."""
BUNDLED_GENERATOR = "heads-gan"


@dataclass(frozen=True, kw_only=True)
class DragGan(Edit):
    """Pull handles to targets on what a StyleGAN2 network makes; each iteration is a frame that can be kept.

    `frame` says which frame is the result, -1 the last one; it ends a pull that is under way. An input in the role
    `film`, the frames of an earlier pull, saves computing them anew; one in the role `begun` is gone on from its end.
    """

    KIND: ClassVar[str] = "drag-gan"
    HELP: ClassVar[str] = (
        "Pull points of a face, an animal or a thing that the model knows, and the picture follows live."
    )
    INVERTED_BY: ClassVar[tuple[str, ...]] = ("model", "preset", "seed")
    RETURNS: ClassVar[Returns] = "frames"
    PREVIEW: ClassVar[Preview] = "frames"
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        SOURCE,
        ImageRole(
            role="mask",
            label="role.mask.drag-gan",
            help="What may change, such as a head: the model looks at the square around it. "
            "Without it, the middle of the picture.",
            kind="mask",
            required=False,
        ),
    )

    drags: tuple[DragPath, ...] = described(ARROWS)
    frame: int = described(
        Number(
            label="field.frame",
            help="Which moment of the pulling is kept; automatic is the last one.",
            minimum=0,
            maximum=FRAMES_MAX,
            integer=True,
            auto=-1,
            default=-1,
            chooses_frame=True,
        )
    )
    snap: bool = described(
        Switch(
            label="field.snap",
            help="Put points that lie on even areas, where there is nothing to follow, onto the nearest detail.",
            default=False,
        )
    )
    iterations: int = described(
        Number(
            label="field.iterations",
            help="How many iterations at most; it ends by itself when all points have arrived.",
            minimum=1,
            maximum=FRAMES_MAX,
            integer=True,
            default=200,
            level="advanced",
        )
    )
    model: str = described(replace(MODEL, default=BUNDLED_GENERATOR))
