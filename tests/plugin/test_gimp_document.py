# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts against GIMP's adapter over images of bytes; tests/hosts runs both in the real GIMP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes import gimp_image
from fakes.bytes_of import at_depth, filled, inside, row_of, shifted, turned, zoomed
from fakes.host_suite import CASES, pattern

from protocol.images import Depth
from protocol.plugin.host import HostError, NewLayer, Pixels, Rect

gimp_image.carry()

from plugin_gimp.pullbrush.document import GimpHost  # noqa: E402


class ByteArtist:
    """Hands for an image of bytes."""

    undoes_selections = True

    def __init__(self) -> None:
        self.image = gimp_image.Image(32, 24)
        layer = self.image.new_layer("Paper", (2, 1, 28, 22))
        layer.put(layer.rect, layer.name_of_format, pattern())
        self.image.insert(layer, None, 0)
        self.paper, self.said = layer.key, list[tuple[str, str]]()
        tell = lambda *told: self.said.append(told)  # noqa: E731
        self.host = GimpHost(self.image, lambda *_: None, tell)  # type: ignore[arg-type]

    def select(self, rect: Rect | None, value: int = 255) -> None:
        if rect is None:
            self.image.selection(empty=True)
        else:
            data = bytes([value]) * (rect[2] * rect[3])
            mask = Pixels(rect=rect, data=data, channels=1, order="gray", alpha="none")
            self.host.select_mask(mask)

    def undo(self) -> None:
        self.image.undo()

    def redo(self) -> None:
        self.image.redo()

    def names(self) -> list[str]:
        return [layer.name for layer in reversed(self.image.layers())]

    def visible(self, key: str) -> bool:
        return self.host.layer(key).visible

    def steps(self) -> int:
        return len(self.image.past)

    def look(self) -> None:
        self.host.look()

    def crop(self, rect: Rect) -> None:
        self._layers(lambda one: shifted(cut(one, rect), -rect[0], -rect[1]), rect[2:])

    def resize(self, rect: Rect) -> None:
        self._layers(lambda one: shifted(one, -rect[0], -rect[1]), rect[2:])

    def scale(self, width: int, height: int) -> None:
        wide, high = self.image.size
        self._layers(lambda one: zoomed(one, width / wide, height / high), (width, height))

    def rotate(self) -> None:
        wide, high = self.image.size
        self._layers(lambda one: turned(one, high), (high, wide))

    def convert(self, dtype: Depth) -> None:
        self._layers(lambda one: at_depth(one, dtype), self.image.size)
        self.image.state.dtype = dtype

    def move(self, dx: int, dy: int) -> None:
        with self.image.one_step():
            self._paper.pixels = shifted(self._paper.pixels, dx, dy)

    def paint(self, rect: Rect, color: tuple[int, int, int, int]) -> None:
        with self.image.one_step():
            self._paper.put(rect, "R'G'B'A u8", bytes(filled(rect, color).data))

    def delete(self) -> None:
        with self.image.one_step():
            self.image.insert(self.image.new_layer("Other", (0, 0, 32, 24)), None, 1)
            self.image.remove(self._paper)

    def close(self) -> None:
        self.image.is_open = False

    @property
    def _paper(self) -> gimp_image.Layer:
        found = self.image.find(self.paper)
        assert found is not None
        return found

    def _layers(self, do: Callable[[Pixels], Pixels], size: tuple[int, int]) -> None:
        """Do something to all layers, and have another size; one step."""
        with self.image.one_step():
            for layer in self.image.layers():
                layer.pixels = do(layer.pixels)
            self.image.state.size = size


def cut(pixels: Pixels, rect: Rect) -> Pixels:
    """What lies within a rectangle."""
    rect = inside(pixels.rect, rect)
    rows = (row_of(pixels, rect, rect[1] + y) for y in range(rect[3]))
    return replace(pixels, rect=rect, data=b"".join(rows))


@pytest.mark.parametrize("case", CASES)
def test_gimps_adapter(case: str) -> None:
    for _ in CASES[case](ByteArtist()):
        pass


def result(above: str, name: str = "New") -> NewLayer:
    return NewLayer(name=name, pixels=Pixels(rect=(4, 4, 2, 2), data=b"\xff" * 16), above=above)


def test_results_of_a_layer_pile_up_in_order() -> None:
    artist = ByteArtist()
    first = artist.host.write_layers([result(artist.paper, "1")], None, "one")[0]
    artist.host.write_layers([result(artist.paper, "2")], None, "two")
    artist.host.write_layers([result(first, "1.1")], None, "three")
    assert artist.names() == ["Paper", "1", "1.1", "2"]
    assert artist.host.source_of(first) == artist.paper


def test_a_mask_of_the_source_hides_the_same_of_the_result() -> None:
    artist = ByteArtist()
    paper = artist.host.layer(artist.paper)
    paper.add_mask().put((0, 0, 5, 24), "Y u8", b"\xff" * 120)
    (key,) = artist.host.write_layers([result(artist.paper)], None, "one")
    mask = artist.host.layer(key).mask()
    assert mask is not None
    assert mask.take((4, 4, 2, 2), "Y u8") == b"\xff\0" * 2


def test_paths_come_back_as_they_were_written() -> None:
    artist = ByteArtist()
    ways = (((10.0, 12.0), (20.5, 12.0)), ((5.0, 5.0),))
    artist.host.write_paths(ways)
    assert artist.host.paths() == ways


def test_a_closed_image_says_so() -> None:
    artist = ByteArtist()
    artist.close()
    with pytest.raises(HostError, match="closed"):
        artist.host.layers()
