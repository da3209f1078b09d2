# SPDX-License-Identifier: Apache-2.0
"""The published modes: move and resize, drag, landmark, appearance, paste, as DragonDiffusion's demo runs them.

arXiv 2307.02421 and 2402.02583. ``raw`` selects the reference's own move energies (bare cosine); everything else
the reference does differently from the papers is in `masks`. Each function returns what the loop needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from server.engine.diffusion.dragging import Dragging, Memory
from server.engine.diffusion.energies import Contrast, Paired, Preserve, Resemble, Scaled, Sum
from server.engine.diffusion.features import grid_of
from server.engine.diffusion.guidance import Term
from server.engine.diffusion.published.masks import (
    Point,
    copied_patches,
    fit_center,
    move_masks,
    moved_latent,
    patch_centers,
    patch_masks,
    resize,
    scaled_size,
)

CELL = 4  # pixels per cell of the edit grid, for an 8x autoencoder
LAYERS = 2


@dataclass(frozen=True, kw_only=True)
class Setup:
    """An initial latent, a method, and the grid masks that led to it (for inspection)."""

    latent: Tensor
    method: Dragging
    masks: dict[str, Tensor]


def move(
    base: Dragging,
    mask: Tensor,
    *,
    dx: float,
    dy: float,
    gamma: float = 1.0,
    reference: Tensor | None = None,
    raw: bool = True,
) -> Setup:
    """Moves the object under ``mask`` (1, 1, H, W) by (dx, dy) pixels, resized by ``gamma``.

    ``reference`` is the region that the hole should look like; by default all that is neither old nor new place.
    Raises ValueError when the object leaves the picture.
    """
    z, settings = base.trajectories[0].at_step(0), base.settings
    grid = grid_of(z)
    masks = move_masks(mask, grid, dx=dx, dy=dy, gamma=gamma, cell=CELL)
    like = masks.other if reference is None else resize(reference, grid)
    edit = Paired(current=masks.current, target=masks.target, weight=0.5 * settings.w_edit, raw=raw)
    content = Sum(
        (
            Preserve(mask=masks.other, weight=0.5 * settings.w_content, raw=raw),
            Contrast(mask=masks.left, weight=0.5 * settings.w_contrast),
            Resemble(mask=masks.left, like=like, weight=settings.w_inpaint),
        )
    )
    side = (z.shape[-2], z.shape[-1])
    method = replace(
        base,
        terms=_split(edit, content, settings.energy_scale, resize(masks.current, side)),
        memory=Memory(mode="replace"),
        noise_region=resize(masks.source | masks.current, side),
    )
    start = moved_latent(z, mask, dx=dx, dy=dy, gamma=gamma, stride=2 * CELL)
    named = {
        "cur": masks.current,
        "tar": masks.target,
        "other": masks.other,
        "non_overlap": masks.left,
    }
    return Setup(latent=start, method=method, masks=named)


def drag(
    base: Dragging,
    starts: Sequence[Point],
    ends: Sequence[Point],
    mask: Tensor,
    *,
    aliased: bool = True,
) -> Setup:
    """Drags the 3x3 patches at ``starts`` to ``ends`` (pixels); only ``mask`` (1, 1, H, W) may change.

    ``aliased`` reproduces the reference's patched last latent at step 0.
    """
    z, settings = base.trajectories[0].at_step(0), base.settings
    grid, side = grid_of(z), (z.shape[-2], z.shape[-1])
    here, there = (
        patch_masks(ends, grid, cell=CELL, x_clip=grid[0]),
        patch_masks(starts, grid, cell=CELL, x_clip=grid[0]),
    )
    centers = [patch_centers(p, grid, cell=CELL, x_clip=grid[0]) for p in (starts, ends)]
    other = ~resize(mask, grid)
    pairs = [
        Paired(current=c, target=t, weight=settings.w_edit)
        for c, t in zip(here, there, strict=True)
    ]
    left = [
        Contrast(mask=t & ~c, weight=settings.w_inpaint) for c, t in zip(here, there, strict=True)
    ]
    edit = Scaled(Sum((*pairs, *left)), 1 / (LAYERS * len(pairs)))
    content = Scaled(Preserve(mask=other, weight=settings.w_content), 1 / LAYERS)
    inside = resize(mask, side)
    method = replace(
        base,
        terms=_split(edit, content, settings.energy_scale, inside),
        memory=Memory(mode="append"),
        noise_region=inside,
        shared_start=aliased,
    )
    named = {"cur": torch.cat(here), "tar": torch.cat(there), "other": other}
    return Setup(latent=copied_patches(z, *centers), method=method, masks=named)


def landmark(base: Dragging, starts: Sequence[Point], ends: Sequence[Point]) -> Setup:
    """Moves facial landmarks: the edit energy of drag alone, everywhere."""
    z, settings = base.trajectories[0].at_step(0), base.settings
    grid = grid_of(z)
    here = patch_masks(ends, grid, cell=CELL, x_clip=grid[1])
    there = patch_masks(starts, grid, cell=CELL, x_clip=grid[1])
    pairs = tuple(
        Paired(current=c, target=t, weight=settings.w_edit)
        for c, t in zip(here, there, strict=True)
    )
    edit = Scaled(Sum(pairs), 1 / (LAYERS * len(pairs)))
    everywhere = torch.ones(1, 1, *z.shape[-2:], dtype=torch.bool)
    method = replace(
        base,
        terms=(Term(energy=edit, scale=settings.energy_scale),),
        memory=Memory(mode="append"),
        noise_region=everywhere,
    )
    return Setup(latent=z, method=method, masks={"cur": torch.cat(here), "tar": torch.cat(there)})


def appearance(base: Dragging, mask: Tensor, other: Tensor) -> Setup:
    """Gives what lies under ``mask`` the look of what lies under ``other`` in the second picture."""
    z, settings = base.trajectories[0].at_step(0), base.settings
    grid = grid_of(z)
    inside, theirs = resize(mask, grid), resize(other, grid)
    edit = Resemble(mask=inside, like=theirs, weight=settings.w_edit, of=1)
    return _two_pictures(base, z, edit, inside, theirs, (~mask, other))


def paste(base: Dragging, mask: Tensor, *, dx: float, dy: float, gamma: float = 1.0) -> Setup:
    """Puts the second picture's object under ``mask`` into the first, shifted by (dx, dy) and resized by ``gamma``."""
    z, settings = base.trajectories[0].at_step(0), base.settings
    size = (mask.shape[-2], mask.shape[-1])
    other = fit_center(resize(mask, scaled_size(size, gamma)), size)
    placed = torch.roll(other, (int(dy), int(dx)), (-2, -1))
    grid, side = grid_of(z), (z.shape[-2], z.shape[-1])
    inside = resize(placed, grid)
    theirs = torch.roll(inside, (-int(dy / CELL), -int(dx / CELL)), (-2, -1))
    edit = Paired(current=inside, target=theirs, weight=settings.w_edit, of=1)
    shift = (int(dy / (2 * CELL)), int(dx / (2 * CELL)))
    carried = torch.roll(base.trajectories[1].at_step(0), shift, (-2, -1))
    start = torch.where(resize(placed, side), carried, z)
    return _two_pictures(base, start, edit, inside, theirs, (~placed, other))


def _two_pictures(
    base: Dragging,
    start: Tensor,
    edit: Resemble | Paired,
    inside: Tensor,
    theirs: Tensor,
    keep: tuple[Tensor, Tensor],
) -> Setup:
    """What appearance and paste share. The reference looks at both pictures with the edited one's prompt."""
    settings, (first, second) = base.settings, base.trajectories
    region = resize(inside, (start.shape[-2], start.shape[-1]))
    content = Preserve(mask=~inside, weight=settings.w_content)
    method = replace(
        base,
        trajectories=(first, replace(second, cond=base.text, features={})),
        terms=_split(edit, content, settings.energy_scale, region),
        memory=Memory(mode="replace", keep=keep),
        noise_region=region,
    )
    return Setup(latent=start, method=method, masks={"base_cur": inside, "replace_cur": theirs})


def _split(
    edit: Sum | Scaled | Resemble | Paired,
    content: Sum | Scaled | Preserve,
    scale: float,
    inside: Tensor,
) -> tuple[Term, Term]:
    """The edit's gradient counts inside, the content's outside."""
    return (
        Term(energy=edit, scale=scale, region=inside),
        Term(energy=content, scale=scale, region=~inside),
    )
