# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts, continued: results that are full copies of a layer, whatever of it was worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from protocol.images import Depth
from protocol.plugin.host import HostLayer, NewLayer, Pixels, Rect, layers_of

from .bytes_of import patched, row_of
from .host_hands import PATCH, Artist, read, rgba

BEYOND: Rect = (-5, -3, 44, 31)
"""A layer that reaches beyond the canvas of 32 × 24 on every side."""
PLACE: Rect = (8, 6, 7, 5)
GROWN: Rect = (36, 25, 6, 5)
"""Partly beside that layer."""


def soft(rect: Rect) -> bytes:
    """Many colors with every kind of alpha, none of it 0: what is quite transparent has no color everywhere."""
    return bytes(
        (x * 5 + y * 11 + c * 60) % 256 if c < 3 else (x * 3 + y * 17) % 255 + 1
        for y in range(rect[3])
        for x in range(rect[2])
        for c in range(4)
    )


def facts(artist: Artist, key: str) -> HostLayer:
    """A layer without its pixels."""
    (found,) = layers_of(artist.host, [key])
    return found


def add(artist: Artist, rect: Rect, above: str = "") -> str:
    """A soft layer above the paper."""
    pixels = Pixels(rect=rect, data=soft(rect))
    layer = NewLayer(name="Soft", pixels=pixels, above=above or artist.paper)
    return artist.host.write_layers([layer], None, "Pullbrush: Soft")[0]


def expected(before: Pixels, *patches: Pixels) -> bytes:
    """RGBA of what was there with these in their places, cut to where it was."""
    rect, whole = before.rect, before
    for one in patches:
        whole = patched(whole, one)
    return rgba(
        replace(
            whole,
            rect=rect,
            data=b"".join(row_of(whole, rect, rect[1] + y) for y in range(rect[3])),
        )
    )


def case_bounds_say_where_a_layer_has_pixels(artist: Artist) -> Iterator[None]:
    assert facts(artist, artist.paper).bounds == (2, 1, 28, 22)
    key = add(artist, BEYOND)
    yield
    assert facts(artist, key).bounds == BEYOND
    artist.undo()
    yield


def case_a_copy_keeps_all_that_its_source_has(artist: Artist) -> Iterator[None]:
    """Soft alpha and what lies beside the canvas; patches and result replace what is in their rectangles."""
    base = add(artist, BEYOND)
    yield
    before, steps = read(artist.host, BEYOND, base), artist.steps()
    patch = Pixels(rect=(2, 2, 20, 10), data=bytes((10, 200, 30, 77)) * 200)
    result = Pixels(rect=PLACE, data=bytes((0, 0, 0, 0)) * 15 + bytes((9, 8, 7, 130)) * 20)
    new = NewLayer(
        name="Copy", pixels=result, above=base, placement="instead", copy_of=base, patches=(patch,),
        recipe=b"how",
    )  # fmt: skip
    (key,) = artist.host.write_layers([new], None, "Pullbrush: Move")
    yield
    made = read(artist.host, BEYOND, key)
    assert rgba(made) == expected(_plain(before), patch, result)
    assert rgba(read(artist.host, BEYOND, base)) == rgba(before)
    assert (artist.visible(base), artist.visible(key)) == (False, True)
    assert facts(artist, key).recipe == b"how"
    assert artist.steps() == steps + 1
    artist.undo()
    yield
    artist.look()
    assert (artist.names(), artist.visible(base)) == (["Paper", "Soft"], True)
    artist.undo()
    yield


def case_a_copy_grows_where_the_result_reaches_beyond_it(artist: Artist) -> Iterator[None]:
    base = add(artist, BEYOND)
    yield
    result = Pixels(rect=GROWN, data=bytes((9, 8, 7, 130)) * (GROWN[2] * GROWN[3]))
    new = NewLayer(name="C", pixels=result, above=base, placement="instead", copy_of=base)
    (key,) = artist.host.write_layers([new], None, "Pullbrush: Move")
    yield
    assert rgba(read(artist.host, GROWN, key)) == bytes(result.data)
    inner = (-5, -3, 41, 28)
    assert rgba(read(artist.host, inner, key)) == rgba(read(artist.host, inner, base))


def case_a_copy_of_a_result_has_its_own_recipe(artist: Artist) -> Iterator[None]:
    pixels = Pixels(rect=PATCH, data=bytes((255, 0, 0, 128)) * (PATCH[2] * PATCH[3]))
    older = NewLayer(name="Older", pixels=pixels, above=artist.paper, recipe=b"older")
    (base,) = artist.host.write_layers([older], None, "Pullbrush: One")
    yield
    plain = NewLayer(name="N", pixels=pixels, above=base, placement="instead", copy_of=base)
    (key,) = artist.host.write_layers([plain], None, "Pullbrush: Two")
    yield
    assert facts(artist, key).recipe is None


def _deep(dtype: Depth) -> Callable[[Artist], Iterator[None]]:
    def case(artist: Artist) -> Iterator[None]:
        base = add(artist, BEYOND)
        yield
        artist.convert(dtype)
        yield
        before = read(artist.host, BEYOND, base)
        assert before.dtype == dtype
        result = replace(read(artist.host, (0, 0, *PLACE[2:]), base), rect=PLACE)
        new = NewLayer(name="C", pixels=result, above=base, placement="instead", copy_of=base)
        (key,) = artist.host.write_layers([new], None, "Pullbrush: Move")
        yield
        made = read(artist.host, BEYOND, key)
        assert bytes(made.data) == bytes(patched(before, result).data)

    return case


def _plain(pixels: Pixels) -> Pixels:
    """The same in RGBA order."""
    return replace(pixels, order="rgba", data=rgba(pixels), icc=None)


CASES: dict[str, Callable[[Artist], Iterator[None]]] = {
    name.removeprefix("case_"): case for name, case in globals().items() if name.startswith("case_")
} | {f"a_copy_keeps_a_depth_of_{dtype}": _deep(dtype) for dtype in ("u2", "f4")}
