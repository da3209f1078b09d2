# SPDX-License-Identifier: Apache-2.0
"""DragGAN on a layer: the square it sees, frames with handles, targets moved meanwhile, and nothing changed outside."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from protocol.edits import DragPath
from server.engine.api import Cancelled, EngineError, Layer, Picture
from server.engine.canvas import flatten, resize
from server.engine.edits.drag_gan.drag import PullFrame, pull, settings_for
from server.engine.edits.drag_gan.inverted_layer import Held, chosen, ground, hold, layer
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.invert import InvertSettings
from server.engine.gan.square_crop import gan_crop
from server.engine.gan.stylegan2 import Generator

TINY = GeneratorConfig(
    z_dim=16, w_dim=16, mapping_layers=2, channels=(16, 16, 16, 8), lr_multiplier=1.0
)
"""32 pixels."""
SIZE = (60, 48)
FEW = InvertSettings(candidates=4, w_steps=8, plus_steps=4, tune_steps=3)


def generator() -> Generator:
    torch.manual_seed(2)
    return Generator(TINY).requires_grad_(False)


def source() -> Picture:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    pixels = np.stack([x * 4, y * 5, 255 - x * 3], -1).astype(np.uint16) * 257
    return Picture(pixels=pixels, rect=(0, 0, *SIZE), document=SIZE)


def mask() -> Picture:
    pixels = np.zeros((SIZE[1], SIZE[0], 1), np.uint8)
    pixels[12:36, 20:44] = 255
    return Picture(pixels=pixels, rect=(0, 0, *SIZE), document=SIZE)


@pytest.fixture(scope="module")
def held() -> Held:
    return hold(generator(), source(), mask(), settings=FEW)


def arrow(*points: tuple[float, float]) -> DragPath:
    return DragPath(points=points)


def keep_on(_frame: PullFrame, _paint: Callable[[], Layer]) -> Sequence[DragPath] | None:
    return None


@pytest.mark.parametrize(
    ("selection", "rect"),
    [
        (None, (20, 0, 60, 60)),
        ((10, 20, 8, 16), (6, 20, 16, 16)),
        ((0, 0, 10, 20), (0, 0, 20, 20)),
        ((90, 50, 30, 20), (90, 50, 10, 10)),
        ((0, 10, 100, 20), (0, -20, 100, 100)),
        ((50, 30, 2, 2), (47, 27, 8, 8)),
    ],
)
def test_the_square_is_about_the_selection(
    selection: tuple[int, int, int, int] | None, rect: tuple[int, int, int, int]
) -> None:
    crop = gan_crop((100, 60), selection, 32)
    assert crop.rect == rect
    assert crop.size == (32, 32)


def test_a_selection_beside_the_document_is_refused() -> None:
    with pytest.raises(ValueError, match="no pixel"):
        gan_crop((100, 60), (200, 0, 10, 10), 32)
    assert gan_crop((100, 60), (40, 20, 10, 10), 32, room=0.5).rect == (35, 15, 20, 20)


def test_frames_begin_with_the_reconstruction_and_report_handles(held: Held) -> None:
    told: list[tuple[int, tuple[tuple[float, float], ...]]] = []

    def listen(frame: PullFrame, paint: Callable[[], Layer]) -> None:
        told.append((frame.index, frame.handles))
        if frame.index == 0:
            assert paint().picture.pixels.dtype == np.uint8

    frames = pull(held, [arrow((28, 20), (36, 26)), arrow((40, 30))], steps=4, on_frame=listen)
    assert [frame.index for frame in frames] == [0, 1, 2, 3] == [index for index, _ in told]
    assert torch.allclose(frames[0].ws, held.inversion.ws)
    assert not torch.allclose(frames[-1].ws, held.inversion.ws)
    for (x, y), wanted in zip(frames[0].handles, ((28, 20), (40, 30)), strict=True):
        assert (x, y) == pytest.approx(wanted, abs=0.8)


def test_outside_the_mask_nothing_changes(held: Held) -> None:
    frames = pull(held, [arrow((28, 20), (38, 28))], steps=5, on_frame=keep_on)
    result = chosen(held, frames[-1].ws, "pulled")
    after = flatten(source(), [result]).pixels[..., :3]
    before = source().pixels
    outside = mask().pixels[..., 0] == 0
    assert np.array_equal(after[outside], before[outside])
    assert not np.array_equal(after[~outside], before[~outside])


def test_the_undragged_frame_is_the_artists_own_picture(held: Held) -> None:
    """What the generator could not represent is kept: original + (edited - reconstruction)."""
    frames = pull(held, [arrow((28, 20), (38, 28))], steps=1, on_frame=keep_on)
    shown = flatten(source(), [chosen(held, frames[0].ws, "still")]).pixels[..., :3]
    assert np.abs(shown.astype(int) - source().pixels.astype(int)).max() <= 257


def cutout(*, of: Picture, box: tuple[int, int, int, int]) -> Picture:
    """The picture with nothing outside a box (left, top, right, bottom)."""
    alpha = np.zeros((*of.pixels.shape[:2], 1), of.pixels.dtype)
    alpha[box[1] : box[3], box[0] : box[2]] = 65535
    return replace(of, pixels=np.concatenate([of.pixels, alpha], -1))


def test_what_is_transparent_is_shown_as_the_generators_ground() -> None:
    one, (width, height) = generator(), SIZE
    held = hold(one, cutout(of=source(), box=(24, 16, 40, 32)), mask(), settings=FEW)
    assert held.alpha is not None
    assert held.alpha.shape == held.frame.blend.shape
    seen = np.abs(held.frame.view - ground(one)).max(-1)
    clear = resize(held.alpha, held.crop.size, "area") == 0
    assert clear.any()
    assert seen[clear].max() < 1e-6
    assert seen[~clear].max() > 0.1
    whole = hold(one, cutout(of=source(), box=(0, 0, width, height)), mask(), settings=FEW)
    assert whole.alpha is None
    assert np.array_equal(whole.frame.view, hold(one, source(), mask(), settings=FEW).frame.view)


def test_an_outline_goes_where_its_layer_goes() -> None:
    """What the generator moves takes the layer's transparency along: the result takes the layer's place."""
    whole = cutout(of=source(), box=(26, 18, 38, 30))
    held = hold(generator(), whole, None, settings=FEW, fade=0)
    assert held.alpha is not None
    still = layer(held, held.reconstruction, "still")
    assert still.placement == "over"
    shown = flatten(whole, [still]).pixels
    assert np.abs(shown.astype(int) - whole.pixels.astype(int)).max() <= 257
    before = held.frame.view.copy()
    moved = np.roll(before, 4, axis=1)
    gone = layer(replace(held, known=replace(held.known, reconstruction=before)), moved, "moved")
    assert gone.placement == "instead"
    alpha = [picture.pixels[..., -1] > 32767 for picture in (whole, gone.picture)]
    middle = [float(np.nonzero(one)[1].mean()) for one in alpha]
    assert middle[1] > middle[0] + 3
    assert alpha[1].sum() == pytest.approx(alpha[0].sum(), rel=0.3)


def test_targets_may_be_moved_meanwhile(held: Held) -> None:
    def retarget(frame: PullFrame, _paint: Callable[[], Layer]) -> Sequence[DragPath] | None:
        return [arrow((28, 20), (24, 30))] if frame.index == 1 else None

    drags = [arrow((28, 20), (40, 20))]
    plain = pull(held, drags, steps=4, on_frame=keep_on)
    moved = pull(held, drags, steps=4, on_frame=retarget)
    assert torch.equal(plain[1].ws, moved[1].ws)
    assert torch.equal(plain[2].ws, moved[2].ws)
    assert not torch.equal(plain[3].ws, moved[3].ws)


def test_it_stops_when_all_have_arrived_and_when_told(held: Held) -> None:
    frames = pull(held, [arrow((30, 20), (30.2, 20))], steps=9, on_frame=keep_on)
    assert len(frames) == 1
    assert frames[0].arrived

    def stop(frame: PullFrame, _paint: Callable[[], Layer]) -> None:
        if frame.index == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        pull(held, [arrow((28, 20), (40, 20))], steps=9, on_frame=stop)


def test_impossible_drags_are_said_in_words(held: Held) -> None:
    with pytest.raises(EngineError, match="outside the square"):
        pull(held, [arrow((2, 2), (30, 20))], steps=1, on_frame=keep_on)
    with pytest.raises(EngineError, match="nothing to pull"):
        pull(held, [], steps=1, on_frame=keep_on)
    empty = Picture(pixels=np.zeros((48, 60, 1), np.uint8), rect=(0, 0, *SIZE), document=SIZE)
    with pytest.raises(EngineError, match="Nothing is selected"):
        hold(generator(), source(), empty, settings=FEW)


def test_small_generators_are_looked_at_one_block_before_the_last() -> None:
    assert (settings_for(generator()).block, settings_for(generator()).rows) == (2, 5)


def test_the_layer_knows_what_it_weighs(held: Held) -> None:
    weights = sum(p.numel() for p in generator().parameters())
    assert held.known.nbytes() > 4 * weights
