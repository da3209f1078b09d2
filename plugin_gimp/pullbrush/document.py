# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP as a host: one `GimpHost` is one open image, with the seven functions and the notes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .canvas import PREFIX, RECIPE, SOURCE, Canvas, every, highest, line_on
from .formats import MASK, Format, refusal
from .host import Image, Layer
from .protocol.plugin.host import Extent, HostError, HostLayer, Level, NewLayer, Pixels, Rect
from .protocol.plugin.host import Selection as Selected
from .protocol.plugin.lineage import hidden_by, line_of, source_in
from .protocol.sentences import say

Telling = Callable[[Level, str], None]
ShowPreview = Callable[[Pixels | None, Rect], None]


class GimpHost(Canvas):
    """An image as the host-free half of the plug-in wants it."""

    def __init__(self, image: Image, show: ShowPreview, tell: Telling) -> None:
        super().__init__(image)
        self._show, self._tell = show, tell
        self.draws_handles = True  # the panel's picture does
        self._document = f"gimp-{os.getppid()}-{image.number}"

    # ---- the seven functions

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        self._show(rgba, rect)

    def message(self, level: Level, text: str) -> None:
        self._tell(level, text)

    def document_key(self) -> str | None:
        return self._document if self.image.is_open else None

    def extent_and_profile(self) -> Extent:
        width, height = self._open().size
        return Extent(width=width, height=height, profile=self.image.words())

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        for key, layer in zip(keys, [self.layer(key) for key in keys], strict=True):
            facts = layer.facts()
            why = refusal(facts, self.image.size, may_hide=bool(key))
            wanted = rect is not None and facts.format is not None and not why
            yield HostLayer(
                key=layer.key,
                name=facts.name,
                offset=facts.rect[:2],
                bounds=facts.rect,
                pixels=self._read(layer, rect) if wanted and rect is not None else None,
                recipe=layer.attached(RECIPE),
                refusal=why,
                visible=facts.visible,
                opacity=facts.opacity,
            )

    def read_selection(self, rect: Rect | None) -> Selected | None:
        bounds = self._open().selected()
        if bounds is None:
            return None
        mask = None
        if rect is not None:
            data = self.image.selection().take(rect, MASK)
            mask = Pixels(rect=rect, data=data, channels=1, order="gray", alpha="none")
        return Selected(bounds=bounds, mask=mask)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        above, image = self.layer(layers[0].above), self.image
        parent, place = image.beside(above)[0], highest(above, image)
        made = [self._make(new, above) for new in layers]  # none is in the image yet
        hidden = [self.layer(key) for key in hidden_by(layers)]
        with image.one_step():
            if group:
                top = image.new_group(group)
                image.insert(top, parent, place)
                parent, place = top, 0
            for layer, new in zip(made, layers, strict=True):
                image.insert(layer, parent, place)
                if new.copy_of:
                    self._patch(layer, new)
            for layer in hidden:
                layer.show(False)
        return [layer.key for layer in made]

    def take_out(self, keys: Sequence[str], shown: Sequence[str]) -> None:
        """Take results out and show what they hid, where that is still there; one step."""
        image = self._open()
        with image.one_step():
            for layer in filter(None, map(image.find, keys)):
                image.remove(layer)
            for layer in filter(None, map(image.find, shown)):
                layer.show(True)

    # ---- notes and names

    def file(self) -> str:
        """Where the image was loaded from or saved to, "" when it was not."""
        return self.image.file

    def document_name(self) -> str:
        """What GIMP calls the image."""
        return self.image.name

    def read_note(self, key: str) -> bytes | None:
        """What was kept with the image under this key."""
        return self.image.attached(_note(key))

    def write_note(self, key: str, about: str, data: bytes) -> None:
        """Keep something with the image, beside undo; it saves with the .xcf."""
        self.image.attach(_note(key), data)

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of all layers, from top to bottom."""
        return [(layer.key, layer.name) for layer in every(self._open().layers())]

    def called(self) -> dict[str | int, str]:
        """Keys of all layers by their numbers, names and keys; of several with a name, of the topmost."""
        layers = list(every(self._open().layers()))
        found: dict[str | int, str] = {layer.key: layer.key for layer in layers}
        for layer in reversed(layers):
            found |= {layer.number: layer.key, layer.name: layer.key}
        return found

    def source_of(self, layer: str) -> str:
        """Key of the topmost layer a result was made of, "" when that is not known."""
        return source_in(self.lineage_of(layer))

    def lineage_of(self, key: str) -> str:
        """What a result was made of (see `lineage`), "" for other layers and where a file did not keep it."""
        return line_on(self.layer(key))

    def look(self) -> None:
        """GIMP itself shows again what a result hid once that is undone."""

    def export(self, place: Path) -> bool:
        """Have GIMP write the image to a file, without asking anything."""
        return self.image.export(place)

    def make_rgb(self) -> None:
        """Take indexed colors away, as the refusal of such images offers."""
        self.image.make_rgb()

    # ---- pixels

    def _read(self, layer: Layer, rect: Rect) -> Pixels:
        with layer.filtered() as plain:
            format_ = _travels(plain)
            data = plain.take(rect, plain.named(format_.exchange))
            return format_.pixels(rect, data, self.image.icc(format_.curve))

    def _make(self, new: NewLayer, like: Layer) -> Layer:
        """A layer that is in no image yet, so that adding it is the one step; a copy gets its pixels there."""
        if new.copy_of:
            layer = self.image.copy_of(self.layer(new.copy_of))
            layer.rename(new.name)
            layer.detach(RECIPE)
        else:
            layer = self.image.new_layer(new.name, new.pixels.rect, new.opacity)
            self._fill(layer, new.pixels)
            hides = like.mask()
            if hides is not None:  # what the source's mask hides stays hidden
                layer.add_mask().put(new.pixels.rect, MASK, hides.take(new.pixels.rect, MASK))
        if new.recipe is not None:
            layer.attach(RECIPE, new.recipe)
        layer.attach(SOURCE, line_of(new).encode())
        return layer

    def _patch(self, layer: Layer, new: NewLayer) -> None:
        """Replace parts of a copy that is in the image now."""
        layer.need_alpha()
        for pixels in (*new.patches, new.pixels):
            layer.reach(pixels.rect)
            self._fill(layer, pixels)

    def _fill(self, layer: Layer, pixels: Pixels) -> None:
        format_ = _travels(layer)
        try:
            layer.put(pixels.rect, layer.named(format_.exchange), format_.bytes_of(pixels))
        except ValueError as problem:
            raise HostError(say("result.unfit")) from problem


def _travels(layer: Layer) -> Format:
    """The format in which a layer's pixels travel."""
    own = layer.facts().format
    assert own is not None
    return own.with_alpha


def _note(key: str) -> str:
    return PREFIX + key.removeprefix("pullbrush/").replace("/", "-")
