# SPDX-License-Identifier: Apache-2.0
"""DragGAN's loop: what it costs, what it reads, when it stops, and that points arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from rounding import assert_same
from test_gan_generator import latent, tiny
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from server.engine.gan.config import GeneratorConfig, widths
from server.engine.gan.drag import Drag, DragStep
from server.engine.gan.drag_settings import PUBLISHED, DragGanSettings
from server.engine.gan.stylegan2 import Generator
from server.engine.gan.supervision import Start, motion, nearest, paces
from server.engine.gan.windows import look, shifted, window
from server.lab.evaluate.drag_cost import iteration_cost

SMALL = GeneratorConfig(z_dim=8, w_dim=12, mapping_layers=2, channels=(16, 16, 16, 8, 8, 8))
# The first use of the meta device imports much of torch, which takes 10 s and more while others compute.


def begun(settings: DragGanSettings | None = None, **more: Any) -> Drag:
    """A drag of two handles on a random generator of 128 pixels."""
    generator = tiny(SMALL)
    handles, targets = [(60.0, 50.0), (80.0, 90.0)], [(60.0, 58.0), (70.0, 90.0)]
    return Drag(generator, latent(generator, 1), handles, targets, settings=settings, **more)


@pytest.mark.parametrize(("size", "most"), [(256, 0.58), (512, 0.51), (1024, 0.46)])
def test_an_iteration_costs_half_of_the_published_one(size: int, most: float) -> None:
    """Counted on shapes alone; the published iteration makes the picture and goes back through the weights."""
    cost = iteration_cost(GeneratorConfig(channels=widths(size)))
    assert cost.ours / cost.published <= most
    assert cost.with_picture < cost.published
    assert cost.ours > 100e9  # a forward and a backward pass did happen


def test_nothing_is_read_back_from_the_device() -> None:
    """On the meta device there is nothing to read: any attempt raises."""
    with torch.device("meta"):
        generator = Generator(SMALL).requires_grad_(False)
        drag = Drag(generator, torch.zeros(1, 12, 12), [(9.0, 9.0)] * 3, [(20.0, 30.0)] * 3)
        for _ in range(2):
            step = drag.step()
    assert step.handles.shape == (3, 2)
    assert step.handles.device.type == "meta"


class Largest(TorchDispatchMode):
    """Notes the largest tensor that is made."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **kwargs or {})
        for one in out if isinstance(out, tuple | list) else (out,):
            if isinstance(one, Tensor):
                self.numbers = max(self.numbers, one.numel())
        return out


def test_no_tensor_is_larger_than_the_features() -> None:
    features = torch.randn(1, 8, 32, 32, requires_grad=True)
    handles = torch.tensor([[100, 90], [30, 200]])
    how = DragGanSettings()
    with Largest() as seen:
        start = Start.of(features, 256, handles)
        now = nearest(features.detach(), 256, start, handles, how.radii(256)[1])
        loss = motion(features, 256, start, now, handles + 30.0, how).sum()
        torch.autograd.grad(loss, features)
    assert seen.numbers <= features.numel()


@pytest.mark.parametrize("size", [32, 64, 16])
def test_windows_show_what_enlarging_the_map_would_show(size: int) -> None:
    features = torch.randn(1, 3, 32, 32, dtype=torch.float64)
    whole = F.interpolate(features, size=(size, size), mode="bilinear")
    rows, columns = window(torch.tensor([[5, 9], [size - 1, 0]]), 3)
    seen = look(features, size, rows, columns)
    for k in range(2):
        r, c = rows[k].clamp(0, size - 1), columns[k].clamp(0, size - 1)
        assert torch.allclose(seen[:, k], whole[0][:, r][:, :, c], atol=1e-12)


def test_windows_move_by_parts_of_pixels() -> None:
    ramp = torch.arange(32.0)[:, None] * 100 + torch.arange(32.0)
    shift = torch.tensor([[0.25, -0.5]])
    seen = shifted(ramp[None, None], 32, torch.tensor([[10, 12]]), 1, shift, zeros=False)
    expected = ramp[9:12, 11:14] + 25 - 0.5
    assert torch.allclose(seen[0, 0], expected)
    edge = shifted(torch.ones(1, 1, 32, 32), 32, torch.tensor([[0, 0]]), 1, shift, zeros=True)
    assert edge[0, 0, 0].tolist()[2] == pytest.approx(0.25)


def test_tracking_finds_where_a_feature_went_and_takes_the_first_of_equals() -> None:
    features = torch.zeros(1, 2, 64, 64)
    features[0, :, 20, 30] = 1
    start = Start.of(features, 64, torch.tensor([[20, 30]]))
    moved = torch.roll(features, (3, -2), (2, 3))
    assert nearest(moved, 64, start, start.handles, 5).tolist() == [[23, 28]]
    assert nearest(moved, 64, start, start.handles, 2).tolist() == [[18, 28]]  # out of its sight
    corner = Start.of(features, 64, torch.tensor([[0, 63]]))
    flat = torch.zeros_like(features)
    assert nearest(flat, 64, corner, corner.handles, 4).tolist() == [[0, 59]]


def test_handles_are_asked_to_go_at_most_a_pixel_and_to_arrive_together() -> None:
    distance = torch.tensor([20.0, 10.0, 0.5, 0.0])
    assert paces(distance, PUBLISHED).tolist() == [1, 1, 0, 0]
    together = paces(distance, DragGanSettings())
    assert together.tolist() == pytest.approx([1, 0.5, 0.25, 0])


class Sliding(torch.nn.Module):
    """Stands for a generator whose subject is known: a texture that w moves, 200 pixels for each 1."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        dice = torch.Generator().manual_seed(1)
        self.texture = torch.randn(1, 8, 20, 20, generator=dice)

    def features(self, ws: Tensor, last: int, **_how: Any) -> tuple[Tensor, ...]:
        side = self.config.resolution(last)
        shift = 2 / side * 200 * (ws - 0.1).mean(1)[0, :2].flip(0)  # x first
        line = (torch.arange(side) + 0.5) / side * 2 - 1
        grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1) - shift
        seen = F.grid_sample(self.texture, grid[None], "bicubic", "reflection", align_corners=False)
        return (*[torch.zeros(1)] * last, seen)


class Slide(torch.nn.Module):
    """What `Drag` needs of a generator."""

    def __init__(self) -> None:
        super().__init__()
        self.config, self.synthesis = SMALL, Sliding(SMALL)


@pytest.mark.parametrize("settings", [DragGanSettings(rows=12), replace(PUBLISHED, rows=12)])
@pytest.mark.parametrize("way", [(12, 0), (-5, 9), (0, -14)])
def test_handles_arrive_where_the_subject_can_go(
    settings: DragGanSettings, way: tuple[int, int]
) -> None:
    """The texture was moved by exactly what was asked, as the truth is known here."""
    ws = torch.full((1, 12, 12), 0.1)
    handles = [(60.0, 50.0), (80.0, 90.0)]
    targets = [(row + way[0], column + way[1]) for row, column in handles]
    drag = Drag(Slide(), ws, handles, targets, settings=settings)  # pyright: ignore[reportArgumentType]
    for _ in range(80):
        if bool(drag.step().stopped):
            break
    moved = 200 * (drag.ws - ws).mean(1)[0, :2]
    off = float(torch.dist(moved, torch.tensor(way, dtype=torch.float32)))
    assert off < settings.arrived(128, 2) + 0.75  # handles are whole pixels


@pytest.mark.parametrize("settings", [DragGanSettings(), PUBLISHED])
def test_w_moves_and_later_rows_stay(settings: DragGanSettings) -> None:
    drag = begun(settings)
    before = drag.ws
    for _ in range(3):
        drag.step()
    assert torch.equal(drag.ws[:, settings.rows :], before[:, settings.rows :])
    assert not torch.equal(drag.ws[:, : settings.rows], before[:, : settings.rows])


def test_the_same_drag_is_the_same_to_the_last_bit() -> None:
    one, two = begun(), begun()
    for _ in range(3):
        one.step(), two.step()
    assert torch.equal(one.ws, two.ws)


def test_the_picture_of_a_step_is_that_of_its_w() -> None:
    drag = begun()
    before = drag.ws
    step = drag.step()
    assert torch.equal(step.ws, before)
    assert_same(drag.picture(step), drag.generator.synthesis(before))
    assert not torch.equal(drag.ws, before)


def test_arrived_handles_leave_w_alone_until_a_target_moves() -> None:
    drag = begun()
    drag.retarget([(60.0, 50.0), (80.0, 90.0)])
    before = drag.ws
    assert bool(drag.step().stopped)
    assert torch.equal(drag.ws, before)
    drag.retarget([(60.0, 58.0), (80.0, 90.0)])
    moved = drag.step()
    assert not bool(moved.stopped)
    assert not torch.equal(drag.ws, before)
    fresh = begun()
    fresh.retarget([(60.0, 58.0), (80.0, 90.0)])
    fresh.step()
    assert torch.equal(fresh.ws, drag.ws)  # standing still leaves no trace in Adam's moments


def outside(drag: Drag, step: DragStep, mask: Tensor) -> float:
    """How far features moved where they should stay."""
    start = drag.start
    assert start is not None
    change = (step.outputs[-1] - start.features).abs().mean(1)[0]
    return float((change * (1 - mask)).mean())


def test_a_mask_keeps_what_is_outside() -> None:
    mask = torch.zeros(128, 128)
    mask[40:100, 30:110] = 1
    moved = {}
    for name, used in (("masked", mask), ("free", None), ("one value", torch.ones(128, 128))):
        drag = begun(DragGanSettings(learning_rate=0.01), mask=used)
        steps = [drag.step() for _ in range(25)]
        moved[name] = outside(drag, steps[-1], mask)
        assert (steps[-1].mask is None) == (name != "masked")
    assert moved["masked"] < 0.5 * moved["free"]
    assert moved["one value"] == moved["free"]


def test_w_may_be_one_for_all_rows() -> None:
    drag = begun(DragGanSettings(w_plus=False))
    drag.step()
    assert drag.w.shape == (1, 1, 12)
    assert torch.equal(drag.ws[:, :1].expand(-1, 6, -1), drag.ws[:, :6])


def test_another_tracker_can_be_used() -> None:
    asked = []

    def stand(_f: Tensor, _size: int, _start: Start, handles: Tensor, radius: int) -> Tensor:
        asked.append(radius)
        return handles

    drag = begun(track=stand)
    assert drag.step().handles.tolist() == [[60, 50], [80, 90]]
    assert asked == [DragGanSettings().radii(128)[1]]


def test_radii_scale_and_stop_distances_are_the_published_ones() -> None:
    assert [PUBLISHED.radii(size) for size in (128, 256, 512, 1024)] == [(1, 3), (2, 6), (3, 12), (6, 24)]  # fmt: skip
    assert [PUBLISHED.arrived(size, 1) for size in (256, 512, 1024)] == [2, 2, 4]
    ours = DragGanSettings()
    assert (ours.arrived(512, 5), ours.arrived(512, 6)) == (1, 2)
    assert ours.radii(64) == (2, 4)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"r1": -1.0}, "r1"),
        ({"lambda_mask": -1.0}, "lambda_mask"),
        ({"rows": 0}, "rows"),
        ({"stop_at": 0.0}, "stop_at"),
        ({"reference_compat": True}, "supervise"),
    ],
)
def test_impossible_settings_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        DragGanSettings(**changes)


def test_impossible_drags_are_refused() -> None:
    generator = tiny(SMALL)
    ws = latent(generator, 1)
    with pytest.raises(ValueError, match="outside"):
        Drag(generator, ws, [(60, 128)], [(1, 1)])
    with pytest.raises(ValueError, match="2 targets for 1"):
        Drag(generator, ws, [(60, 50)], [(1, 1), (2, 2)])
    with pytest.raises(ValueError, match="at least one"):
        Drag(generator, ws, [], [])
    with pytest.raises(ValueError, match="ws has shape"):
        Drag(generator, ws[:, :3], [(1, 1)], [(2, 2)])
    with pytest.raises(ValueError, match="block 6"):
        Drag(generator, ws, [(1, 1)], [(2, 2)], settings=DragGanSettings(block=6))
