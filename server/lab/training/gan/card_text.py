# SPDX-License-Identifier: Apache-2.0
"""The card that is written beside a generator of heads; server.lab.evaluate.gan.card fills its tables."""

from server.engine.gan.encoder import Encoder
from server.engine.gan.stylegan2 import Generator

TITLE = "Heads: cartoon heads that turn, wink and laugh"
CARD = """---
license: cc0-1.0
---

# heads-gan: a small generator of drawn heads

A StyleGAN2 generator (config F, skip architecture; {size} pixels, {millions:.1f} million parameters) of one small
drawn world: cartoon heads. It comes with Pullbrush so that `drag-gan` can be tried without a download and without a
GPU. Trained from nothing on pictures that our own renderer drew (`server/lab/heads`, `docs/heads.md`); no picture of
anybody else, no other model and no downloaded data took part.

## Parts

<!-- parts -->
<!-- end -->

{encoder}`hashes.json` holds the SHA-256 of every file; the engine refuses a file that differs.

## How it was made

{how}
Every z means a head (`server.lab.heads.head_of_z`), so what it should have drawn is known: on 64 held-out z it comes
within {psnr:.2f} dB (PSNR) of the renderer's picture. How to make it again: `docs/heads.md`.

## Measured, on heads it was not trained on

<!-- figures -->
<!-- end -->

Landmarks of one head dragged to where the same head has them when it is held and looks otherwise; distances in pixels
from the true re-render, for the landmarks that were dragged and for all that are seen (`docs/heads.md`). The rows down
to “on the drawing” begin with the drawing, the others with the generator's own picture of the same head:

<!-- landmarks -->
<!-- end -->

Pictures inverted, W+ and then tuned; drawings by another hand stand for an artist's own, scenes for anything else.
“Missed” is the part of their shapes that W+ does not explain:

<!-- inversion -->
<!-- end -->

## Limits

- It knows such heads only, seen from the front to about 40 degrees to either side, on plain grounds.
- Small things come out soft: lashes, teeth, freckles, the far eye of a turned head.

## License

The weights and all pictures rendered for them are dedicated to the public domain (CC0 1.0).
"""
ENCODED = """Beside the generator lies an encoder that reads a head's numbers off a picture: there an inversion begins.
"""
HOW_FITTED = "Fitted to the renderer by regression alone, without a critic."
HOW_REFINED = "Fitted to the renderer by regression, then refined against a critic with the regression kept on."


def card(generator: Generator, *, how: str, found: float, encoder: Encoder | None) -> str:
    """The card with empty tables; `found`: dB on 64 held-out heads."""
    return CARD.format(
        size=generator.config.size,
        millions=sum(p.numel() for p in generator.parameters()) / 1e6,
        how=how,
        psnr=found,
        encoder="" if encoder is None else ENCODED,
    )
