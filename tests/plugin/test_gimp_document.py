# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts against GIMP's adapter over images of bytes; tests/hosts runs both in the real GIMP."""

from __future__ import annotations

import pytest
from fakes import gimp_image
from fakes.host_suite import CASES, pattern

from protocol.plugin.host import HostError, NewLayer, Pixels, Rect

gimp_image.carry()

from plugin_gimp.pullbrush.canvas import PREVIEW  # noqa: E402
from plugin_gimp.pullbrush.document import GimpHost  # noqa: E402


class ByteArtist:
    """Hands for an image of bytes."""

    undoes_selections = True

    def __init__(self) -> None:
        self.image = gimp_image.Image(32, 24)
        layer = self.image.new_layer("Paper", (2, 1, 28, 22))
        layer.data[:] = pattern()
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

    def close(self) -> None:
        self.image.is_open = False


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


def test_a_preview_is_no_layer_of_the_artists() -> None:
    artist = ByteArtist()
    sheet = artist.image.new_layer("Pullbrush preview", (0, 0, 4, 4))
    sheet.attach(PREVIEW, b"only for looking")
    artist.image.insert(sheet, None, 0)
    assert artist.host.layers() == [(artist.paper, "Paper")]
    assert artist.host.layer("").key == artist.paper, "who chooses it means what it lies on"
    assert artist.host.drop_stale_previews() == 1
    assert artist.names() == ["Paper"]


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
