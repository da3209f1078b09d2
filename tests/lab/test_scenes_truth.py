# SPDX-License-Identifier: Apache-2.0
"""What the renderer says about a scene agrees with its pixels, and edits of parameters are true answers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from server.lab.scenes import Render, Scene, may_change, objects, render, sample_scene
from server.lab.scenes.things import Mountain

SEEDS = (0, 4, 8, 11, 13, 17, 109, 123, 221, 1_000_003)


def differs(one: Render, other: Render) -> NDArray[np.bool_]:
    return (one.rgb != other.rgb).any(-1)


def with_thing(kind: str, *, inside: bool = True) -> tuple[Scene, str]:
    """The first held-out scene with a thing of that kind (and its whole box well inside)."""
    for seed in range(1_000_000, 1_000_400):
        scene = sample_scene(seed)
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            if thing.kind == kind and (not inside or (min(x0, y0) > 24 and max(x1, y1) < 226)):
                return scene, thing.name
    raise AssertionError(f"no {kind}")


@pytest.mark.parametrize("seed", SEEDS)
def test_removing_a_thing_changes_what_its_mask_shows(seed: int) -> None:
    scene = sample_scene(seed)
    whole = render(scene)
    for name in scene.names:
        gone = scene.without(name)
        changed = differs(whole, render(gone))
        assert not changed[~may_change(scene, gone)].any(), name
        seen = whole.masks[name]
        if (seen == 255).any():
            assert changed[seen == 255].mean() > 0.9, name
        if scene.thing(name).reach == 0:
            step = np.abs(whole.rgb.astype(int) - render(gone).rgb).max(-1)
            assert step[seen == 0].max() <= 1, name


@pytest.mark.parametrize("seed", SEEDS)
def test_a_glow_ends_at_its_reach(seed: int) -> None:
    scene = sample_scene(seed)
    for thing in scene.things:
        far = may_change(scene, scene.without(thing.name))
        ys, xs = np.nonzero(far)
        x0, y0, x1, y1 = thing.box
        assert xs.min() >= np.floor(x0 - thing.reach) - 1
        assert xs.max() <= np.ceil(x1 + thing.reach) + 1
        assert ys.min() >= np.floor(y0 - thing.reach) - 1
        assert ys.max() <= np.ceil(y1 + thing.reach) + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_boxes_fit_the_masks(seed: int) -> None:
    drawn = render(sample_scene(seed))
    for found in objects(sample_scene(seed)):
        ys, xs = np.nonzero(drawn.full_masks[found.name] > 127)
        x0, y0, x1, y1 = np.clip(drawn.boxes[found.name], 0, 256)
        slack = 1.5 + 0.06 * max(x1 - x0, y1 - y0)
        edges = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        assert np.abs(np.array(edges) - (x0, y0, x1, y1)).max() <= slack, found
        assert xs.min() >= x0 - 1
        assert xs.max() + 1 <= x1 + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_share_out_the_picture(seed: int) -> None:
    drawn = render(sample_scene(seed))
    total = sum(mask.astype(int) for mask in drawn.masks.values())
    assert np.max(total) <= 255 + len(drawn.masks)
    for name, mask in drawn.masks.items():
        assert (mask <= drawn.full_masks[name]).all()
    assert list(drawn.masks) == [found.name for found in objects(sample_scene(seed))]


@pytest.mark.parametrize("seed", SEEDS)
def test_handles_lie_on_their_things(seed: int) -> None:
    full = render(sample_scene(seed)).full_masks
    for found in objects(sample_scene(seed)):
        x, y = (int(v) for v in found.handle)
        if 0 <= x < 256 and 0 <= y < 256:
            assert full[found.name][y, x] == 255, found


@pytest.mark.parametrize("kind", ["sun", "moon", "balloon", "boat", "house", "tree", "cloud"])
def test_a_moved_thing_is_the_same_thing_elsewhere(kind: str) -> None:
    scene, name = with_thing(kind)
    dx, dy = 17, -9
    before, after = render(scene), render(scene.moved(name, dx, dy))
    shifted = np.roll(before.full_masks[name], (dy, dx), (0, 1))
    assert np.abs(shifted.astype(int) - after.full_masks[name]).max() <= 1
    changed = differs(before, after)
    assert changed.any()
    assert not changed[~may_change(scene, scene.moved(name, dx, dy))].any()
    core = (np.roll(before.masks[name], (dy, dx), (0, 1)) == 255) & (after.masks[name] == 255)
    there = np.roll(before.rgb, (dy, dx), (0, 1))
    assert core.any()
    assert np.abs(there[core].astype(int) - after.rgb[core]).max() <= 1
    back = scene.moved(name, dx, dy).moved(name, -dx, -dy)
    assert not differs(before, render(back)).any()


def test_a_peak_moves_and_the_base_stays() -> None:
    scene, name = with_thing("mountain", inside=False)
    pulled = scene.with_peak(name, 22, -18)
    old, new = scene.thing(name), pulled.thing(name)
    assert isinstance(old, Mountain)
    assert isinstance(new, Mountain)
    assert (new.x, new.y, new.size) == (old.x, old.y, old.size)
    before, after = render(scene).full_masks[name], render(pulled).full_masks[name]
    top = np.nonzero(after.max(1) > 127)[0][0]
    assert abs(top - new.peak_y) <= 2.5
    assert abs(np.nonzero(after[top] > 127)[0].mean() - new.peak_x) <= 2
    foot = int(old.y) - 1
    ends = [np.nonzero(mask[foot] > 127)[0][[0, -1]] for mask in (before, after)]
    assert np.abs(ends[0] - ends[1]).max() <= 2
    changed = differs(render(scene), render(pulled))
    assert changed.any()
    assert not changed[~may_change(scene, pulled)].any()


@pytest.mark.parametrize("kind", ["sun", "balloon", "boat", "house", "tree", "cloud", "mountain"])
def test_scaling_keeps_the_center_and_scales_the_area(kind: str) -> None:
    scene, name = with_thing(kind, inside=kind != "mountain")
    factor = 0.75
    small = scene.scaled(name, factor)
    assert small.thing(name).center == pytest.approx(scene.thing(name).center)
    if kind == "mountain":
        assert small.thing(name).box[2] - small.thing(name).box[0] == pytest.approx(
            factor * (scene.thing(name).box[2] - scene.thing(name).box[0])
        )
        return
    areas = [render(s).full_masks[name].sum(dtype=float) for s in (scene, small)]
    assert areas[1] / areas[0] == pytest.approx(factor**2, rel=0.03)


def test_scaling_and_back_is_the_same_scene() -> None:
    scene, name = with_thing("balloon")
    back = scene.scaled(name, 2.0).scaled(name, 0.5)
    assert np.abs(render(back).rgb.astype(int) - render(scene).rgb).max() <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_run_round_what_is_seen(seed: int) -> None:
    drawn = render(sample_scene(seed))
    assert set(np.unique(drawn.edges)) <= {0, 255}
    alone = {"sun", "moon", "balloon1", "boat1"} & set(drawn.masks)
    for name in alone:
        solid = drawn.masks[name] > 140
        step = np.zeros_like(solid)
        empty = drawn.masks[name] < 115
        step[:, :-1] |= (solid[:, :-1] & empty[:, 1:]) | (empty[:, :-1] & solid[:, 1:])
        if step.any():
            assert (drawn.edges[step] == 255).mean() > 0.97, name
    assert drawn.edges[:40, :].mean() < 60


@pytest.mark.parametrize("seed", SEEDS)
def test_depth_follows_the_order_of_things(seed: int) -> None:
    scene = sample_scene(seed)
    drawn = render(scene)
    assert drawn.depth.dtype == np.float32
    assert 0.0 < drawn.depth.min() <= drawn.depth.max() <= 1.0
    at: dict[str, float] = {}
    for name, mask in drawn.masks.items():
        inside = drawn.depth[mask > 250]
        if inside.size:
            assert np.ptp(inside) == 0, name
            at[scene.thing(name).kind] = float(inside[0])
    order = [at[k] for k in ("sun", "cloud", "mountain", "balloon") if k in at]
    assert order == sorted(order, reverse=True)


def test_different_grounds_have_no_bounded_change() -> None:
    with pytest.raises(ValueError, match="every pixel"):
        may_change(sample_scene(1), sample_scene(2))
