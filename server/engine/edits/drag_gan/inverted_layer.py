# SPDX-License-Identifier: Apache-2.0
"""A layer in a generator's hands: the square it is shown, its inversion, and what changed brought back to the layer.

What the generator cannot represent is kept (`detail`), and only the region changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from server.engine.api import Check, Layer, Picture, proceed
from server.engine.canvas import (
    Crop,
    Mask,
    alpha_on,
    blend_mask,
    change_of,
    mask_of,
    mask_on,
    model_view,
    opaque_srgb,
    over_layer,
    resize,
    see_through,
)
from server.engine.edits.drag_gan.detail import carried
from server.engine.edits.frame import SEEN, Frame, selected
from server.engine.edits.result_layer import layer_of
from server.engine.gan.invert import Inversion, InvertSettings, OnInvert, invert
from server.engine.gan.square_crop import gan_crop
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering

Floats = NDArray[np.float32]
FADE = 0.04
"""Part of the square's side over which a result fades out at its edge."""
CORNER = 8
"""A corner is this part of the side."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A picture in a generator's hands: what is expensive to find out, and the same whatever is pulled.

    generator: tuned to this picture. reconstruction: (S, S, 3) sRGB 0..1, what it makes of it undragged.
    """

    generator: Generator
    inversion: Inversion
    reconstruction: Floats

    def nbytes(self) -> int:
        """Memory, for a cache with a budget."""
        weights = sum(p.numel() * p.element_size() for p in self.generator.parameters())
        return weights + self.reconstruction.nbytes


@dataclass(frozen=True, kw_only=True)
class Held:
    """A layer in a generator's hands; kept while the artist tries one drag after another.

    frame: its view, (S, S, 3), is what the generator was shown. area: (S, S), 1 where the picture may change; alpha: on
    the crop's rectangle, document resolution, how much of the layer there is, None when it is opaque.
    """

    frame: Frame
    area: Mask
    alpha: Mask | None
    known: Known

    @property
    def crop(self) -> Crop:
        return self.frame.crop

    @property
    def generator(self) -> Generator:
        return self.known.generator

    @property
    def inversion(self) -> Inversion:
        return self.known.inversion

    @property
    def reconstruction(self) -> Floats:
        return self.known.reconstruction


def know(
    generator: Generator,
    view: Floats,
    *,
    settings: InvertSettings | None = None,
    how: Rendering = EXACT,
    seed: int = 0,
    on_step: OnInvert = lambda _done, _steps: None,
    check: Check = proceed,
) -> Known:
    """Invert what the generator is shown, (S, S, 3) sRGB 0..1, and tune it to that."""
    device = generator.mapping.w_avg.device
    picture = torch.from_numpy(view).permute(2, 0, 1)[None].to(device) * 2 - 1
    found = invert(
        *(generator, picture), settings=settings, how=how, seed=seed, on_step=on_step, check=check
    )
    own = found.tuned(generator)
    return Known(generator=own, inversion=found, reconstruction=shown(own, found.ws, how))


def hold(
    generator: Generator,
    source: Picture,
    mask: Picture | None,
    *,
    crop: Crop | None = None,
    fade: float | None = None,
    learn: Callable[[Crop, Floats], Known] | None = None,
    settings: InvertSettings | None = None,
    how: Rendering = EXACT,
    on_step: OnInvert = lambda _done, _steps: None,
) -> Held:
    """Choose the square unless it is given, invert what it shows or have that `learn`ed, tune the generator to it.

    With a mask the square is about the mask, and only the mask may change; else the middle of the document is taken.
    What the layer leaves transparent is shown to the generator as the ground that its own pictures have.
    `fade`: document pixels over which a result fades out at its edge. Raises EngineError for a mask that selects
    nothing.
    """
    chosen = None if mask is None else selected(mask)
    if crop is None:
        crop = gan_crop(source.document, chosen, generator.config.size)
    inside = np.ones((crop.rect[3], crop.rect[2]), np.float32)
    if mask is not None:
        inside = mask_on(mask_of(mask), mask.rect, crop.rect)
    view, alpha = model_view(source, crop), _outline(source, crop)
    if alpha is not None:
        view = _laid(view, resize(alpha, crop.size, "area"), ground(generator, how))
    if learn is None:
        known = know(generator, view, settings=settings, how=how, on_step=on_step)
    else:
        known = learn(crop, view)
    blend = blend_mask(inside, FADE * crop.rect[2] if fade is None else fade, crop.part)
    return Held(
        frame=Frame(source=source, crop=crop, view=view, blend=blend),
        area=(resize(inside, crop.size, "area") > SEEN).astype(np.float32),
        alpha=alpha,
        known=known,
    )


def chosen(
    held: Held, ws: Tensor, name: str, how: Rendering = EXACT, *, instead: bool = False
) -> Layer:
    """A frame's latent (1, num_ws, w_dim) as the result layer; `instead` makes it a full copy."""
    return layer(held, shown(held.generator, ws, how), name, instead=instead)


def layer(held: Held, edited: Floats, name: str, *, instead: bool = False) -> Layer:
    """An edited picture (S, S, 3) as a layer: with the detail of the original, blended in the region."""
    frame = held.frame
    base = opaque_srgb(frame.source, frame.crop)
    found = carried(base, held.reconstruction, edited, alpha=held.alpha)
    change = change_of(frame.source, frame.crop, found.colors, frame.blend, alpha=found.alpha)
    return layer_of(change, name, instead=instead)


def reconstructed(held: Held, name: str) -> Layer:
    """What the generator makes of the layer, as it is: to be looked at before anything is pulled."""
    change = change_of(held.frame.source, held.crop, held.reconstruction, held.frame.blend)
    return Layer(picture=over_layer(change), name=name)


def _outline(source: Picture, crop: Crop) -> Mask | None:
    if not see_through(source):
        return None
    alpha = alpha_on(source, crop)
    return alpha if float(alpha.min()) < 1 else None


def _laid(view: Floats, alpha: Mask, below: Floats) -> Floats:
    """A picture (h, w, 3) of this opacity (h, w) over one color."""
    laid = view - below
    laid *= alpha[..., None]
    laid += below
    return laid


def ground(generator: Generator, how: Rendering = EXACT) -> Floats:
    """(3,) sRGB 0..1: what the generator paints into the upper corners of its mean picture."""
    mapping, side = generator.mapping, generator.config.size
    mean = shown(generator, mapping.w_avg[None, None].repeat(1, mapping.num_ws, 1), how)
    part = max(side // CORNER, 1)
    corners = np.concatenate([mean[:part, :part], mean[:part, -part:]])
    return np.median(corners.reshape(-1, 3), axis=0).astype(np.float32)


@torch.no_grad()
def shown(generator: Generator, ws: Tensor, how: Rendering) -> Floats:
    """The picture of a latent, (S, S, 3) sRGB 0..1."""
    return pixels_of(generator.synthesis(ws, how=how))


def pixels_of(image: Tensor) -> Floats:
    """A picture (1, 3, S, S) about -1 … 1 to (S, S, 3) sRGB 0 … 1."""
    values = ((image[0].permute(1, 2, 0).float() + 1) / 2).clamp(0, 1)
    return values.cpu().numpy()
