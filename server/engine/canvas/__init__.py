# SPDX-License-Identifier: Apache-2.0
"""Canvas maths, done once for every edit: regions, masks, scaling, colors, putting back.

No models, no torch. The way through:
`choose_crop` → `model_view` → (an edit) → `blend_mask` or `grown_blend_mask` → `change_of` →
`over_layer` or `instead_layer`; `flatten` shows what a paint program will.
"""

from server.engine.canvas.blend import (
    Change,
    change_of,
    instead_layer,
    needs_instead,
    over_layer,
    region_of,
    result_layer,
)
from server.engine.canvas.color import ColorSpace, space_of, srgb_and_alpha
from server.engine.canvas.crop import Crop, ModelGrid, choose_crop
from server.engine.canvas.fill import push_pull
from server.engine.canvas.flatten import composite_over, flatten
from server.engine.canvas.masks import (
    Mask,
    MaskSettings,
    blend_mask,
    grow,
    grown_blend_mask,
    mask_of,
    mask_on,
    model_mask,
)
from server.engine.canvas.resample import resize
from server.engine.canvas.sampling import Map, apply_map, identity_map, resize_map
from server.engine.canvas.source_hash import source_hash, source_hash_pixels
from server.engine.canvas.view import (
    alpha_on,
    cut,
    model_view,
    opaque_srgb,
    placed,
    see_through,
)

__all__ = [
    "Change",
    "ColorSpace",
    "Crop",
    "Map",
    "Mask",
    "MaskSettings",
    "ModelGrid",
    "alpha_on",
    "apply_map",
    "blend_mask",
    "change_of",
    "choose_crop",
    "composite_over",
    "cut",
    "flatten",
    "grow",
    "grown_blend_mask",
    "identity_map",
    "instead_layer",
    "mask_of",
    "mask_on",
    "model_mask",
    "model_view",
    "needs_instead",
    "opaque_srgb",
    "over_layer",
    "placed",
    "push_pull",
    "region_of",
    "resize",
    "resize_map",
    "result_layer",
    "see_through",
    "source_hash",
    "source_hash_pixels",
    "space_of",
    "srgb_and_alpha",
]
