# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita as a host: the only file that talks to Krita's API. One `KritaHost` is one open document.

What Krita's API does and does not was measured (docs/krita.md names versions): a layer whose pixels are set before it
is added makes one undo step; `setVisible` makes none, so what a result hid is shown again by `look`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import krita
from krita import DockWidget, Extension, Krita

from .covering import Covering
from .formats import LINEAR, SRGB, Space, refusal
from .icc import exported_profile
from .making import make_group, make_layer
from .protocol.plugin.bites import at_once
from .protocol.plugin.drag_layer import NAME as DRAG_LAYER
from .protocol.plugin.host import Extent, HostError, HostLayer, Level, NewLayer, Pixels, Rect
from .protocol.plugin.host import Selection as Selected
from .protocol.plugin.lineage import hidden_by, line_of, source_in, topmost
from .protocol.sentences import say
from .reading import BITE, in_bites
from .seeing import Change, key_of, seen_with
from .writing import same_layers

NOTE = "pullbrush."
Telling = Callable[[Level, str], None]
ShowPreview = Callable[[Pixels | None, Rect], None]


class KritaHost:
    """The seven functions and the notes of one document."""

    def __init__(self, document: Any, key: str, show: ShowPreview, tell: Telling) -> None:
        self.document = document
        self.show_preview, self.message = show, tell  # two of the seven functions
        self.draws_handles = True  # the overlay does
        self._key, self._covering = key, Covering()
        self._ready: tuple[Sequence[NewLayer], Any] = ((), None)
        self._profiles: dict[str, bytes | None] = {}

    # ---- the other five functions

    def document_key(self) -> str | None:
        return self._key if any(self.document == d for d in Krita.instance().documents()) else None

    def extent_and_profile(self) -> Extent:
        doc = self.document
        return Extent(width=doc.width(), height=doc.height(), profile=Space.of(doc).words)

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        nodes = [self._node(key) for key in keys]  # one moment's picture: copies are made at once
        copies = [self._snapshot(node, rect) for node in nodes] if rect else nodes
        for key, node, copy in zip(keys, nodes, copies, strict=True):
            hidden, animated = not key and not node.visible(), node.animated()
            space = Space.of(node)
            why = refusal(node.type(), node.name(), space, hidden=hidden, animated=animated)
            pixels = None
            if rect is not None and not why:
                pixels = yield from self._read(copy, rect)
            place, box = node.position(), node.bounds()
            yield HostLayer(
                key=key_of(node),
                name=node.name(),
                offset=(place.x(), place.y()),
                pixels=pixels,
                recipe=self.read_note(f"recipe.{key_of(node)}"),
                refusal=why,
                visible=node.visible(),
                opacity=node.opacity() / 255,
                bounds=(box.x(), box.y(), box.width(), box.height()),
            )

    def read_selection(self, rect: Rect | None) -> Selected | None:
        live = self.document.selection()
        if live is None or not live.width() or not live.height():
            return None
        mask = None
        if rect is not None:
            data = live.pixelData(*rect).data()
            mask = Pixels(rect=rect, data=data, channels=1, order="gray", alpha="none")
        return Selected(bounds=(live.x(), live.y(), live.width(), live.height()), mask=mask)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        above = self._node(layers[0].above)
        parent = above.parentNode() or self.document.rootNode()
        hidden = [node for node in map(self._node, hidden_by(layers)) if node.visible()]
        if not same_layers(self._ready[0], layers):
            at_once(self._put_together(layers, group))
        top, self._ready = self._ready[1], ((), None)
        for node in hidden:  # before the layer is added, so that adding it shows both changes
            node.setVisible(False)
        last = topmost(key_of(above), [key_of(n) for n in parent.childNodes()], self.source_of)
        if not parent.addChildNode(top, self._find(last)):
            for node in hidden:
                node.setVisible(True)
            raise HostError(say("layer.refused", program="Krita"))
        keys = [key_of(node) for node in (top.childNodes() if group else [top])]
        for key, layer in zip(keys, layers, strict=True):
            if layer.recipe is not None:
                self.write_note(f"recipe.{key}", "Pullbrush recipe", layer.recipe)
            self.write_note(f"source.{key}", "Pullbrush source", line_of(layer).encode())
        for node in hidden:
            self._covering.add(key_of(top), key_of(node))
        return keys

    def prepare_layers(
        self, layers: Sequence[NewLayer], group: str | None
    ) -> Generator[None, None, None]:
        """Make a result's layers, which the next `write_layers` only adds; that Krita does in one go.

        It is not over before Krita has rest: a crop or a stroke that was begun is seen only once it is done.
        """
        yield from self._put_together(layers, group)
        while not self.document.tryBarrierLock():
            yield
        self.document.unlock()

    def _put_together(
        self, layers: Sequence[NewLayer], group: str | None
    ) -> Generator[None, None, None]:
        like = self._node(layers[0].above)
        if not group:
            making = make_layer(layers[0], self.document, like, self._node)
            self._ready = (layers, (yield from making))
            return
        space = Space.of(self.document)
        other = Krita.instance().createDocument(
            1, 1, group, space.model, space.depth, space.profile, self.document.xRes()
        )
        try:
            self._ready = (layers, (yield from make_group(layers, group, other, like, self._node)))
        finally:
            other.close()

    # ---- notes, names, and what undo brings back

    def file(self) -> str:
        """Where the document was saved, "" when it was not."""
        return self.document.fileName()

    def document_name(self) -> str:
        """The document's file name, or its title."""
        return Path(self.file()).name or self.document.name()

    def read_note(self, key: str) -> bytes | None:
        """What was kept with the document under this key."""
        there = _note(key) in self.document.annotationTypes()
        return self.document.annotation(_note(key)).data() if there else None

    def write_note(self, key: str, about: str, data: bytes) -> None:
        """Keep something with the document; it saves with the .kra."""
        self.document.setAnnotation(_note(key), about, data)

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of all that has pixels, from top to bottom."""
        nodes = _below(self.document.rootNode())
        return [(key_of(n), n.name()) for n in nodes if "mask" not in n.type()]

    def source_of(self, key: str) -> str:
        """Key of the topmost layer a result was made of, "" when that is not known."""
        return source_in(self.lineage_of(key))

    def lineage_of(self, key: str) -> str:
        """What a result was made of (see `lineage`), "" for other layers."""
        return (self.read_note(f"source.{key}") or b"").decode(errors="replace")

    def look(self) -> None:
        """Show what a result hid once that result is undone, and hide it again when it is redone."""
        changes = self._covering.changes(lambda key: self._find(key) is not None)
        for key, visible in changes:
            self._find(key).setVisible(visible)
        if changes:
            self.document.refreshProjection()

    def seen_with(self, change: Change) -> Generator[None, None, Any]:
        """Put together what will be seen where a preview lies, as a QImage. Raises HostError without its layer."""
        self._node(change.on)
        return seen_with(self.document, change)

    def checks(self) -> tuple[int, str, str]:
        """Side in pixels and both colors ("red,green,blue") of the checks that say "transparent", as they are set."""
        read = Krita.instance().readSetting
        first = read("", "checkersColor", "220,220,220")
        second = read("", "checkersColor2", "255,255,255")
        side = read("", "checkSize", "32")
        return (int(side) if side.isdigit() else 32, first, second)

    def export(self, place: Path) -> bool:
        """Have Krita write the document to a file, without asking anything."""
        return _export(self.document, place)

    def drag_layer_svg(self) -> str | None:
        """The arrows of the drag layer as SVG, None without such a layer."""
        layer = self._drag_layer()
        return None if layer is None else layer.toSvg()

    def write_drag_layer(self, svg: str) -> None:
        """Put these arrows into the drag layer, which is made if it is not there."""
        layer = self._drag_layer()
        if layer is None:
            layer = self.document.createVectorLayer(DRAG_LAYER)
            self.document.rootNode().addChildNode(layer, None)
        for shape in layer.shapes():
            shape.remove()
        if svg:
            layer.addShapesFromSvg(svg)

    def _drag_layer(self) -> Any:
        mine = (n for n in _below(self.document.rootNode()) if n.name() == DRAG_LAYER)
        return next((node for node in mine if node.type() == "vectorlayer"), None)

    # ---- reading

    def _find(self, key: str) -> Any:
        nodes = _below(self.document.rootNode())  # nodeByUniqueID returns a mere QObject
        return next((node for node in nodes if key_of(node) == key), None)

    def _node(self, key: str) -> Any:
        node = self._find(key) if key else self.document.activeNode()
        if node is None:
            raise HostError(say("layer.gone"))
        return node

    def _snapshot(self, node: Any, rect: Rect) -> Any:
        """What is read in several bites is read from a copy, which shares its tiles with the layer."""
        space = Space.of(node)
        if not space.is_ours or node.type() != "paintlayer":
            return node
        return node.duplicate() if rect[2] * rect[3] * space.pixel_bytes > BITE else node

    def _read(self, copy: Any, rect: Rect) -> Iterator[Any]:
        space = Space.of(copy)
        plain = copy.type() == "paintlayer"  # others have only a projection, which no copy keeps
        take = copy.pixelData if plain else copy.projectionPixelData
        bite = BITE if plain else rect[2] * rect[3] * space.pixel_bytes
        data = yield from in_bites(take, rect, space.pixel_bytes, bite)
        return space.pixels(rect, data, self._icc(space))

    def _icc(self, space: Space) -> bytes | None:
        """The profile's bytes, which Krita tells nobody: out of a tiny PNG that it writes."""
        if space.profile in SRGB or space.profile in LINEAR:
            return None
        if space.profile not in self._profiles:
            make = Krita.instance().createDocument
            tiny = make(1, 1, "profile", space.model, "U8", space.profile, 72.0)
            self._profiles[space.profile] = exported_profile(lambda place: _export(tiny, place))
            tiny.close()
        return self._profiles[space.profile]


def view_of(main: Any) -> Any:
    """The active view of the window whose widget this is; Krita's wrapper of a window does not live long."""
    windows = Krita.instance().windows()
    mine = next((one for one in windows if one.qwindow() is main), None)
    return mine.activeView() if mine is not None else None


def add_docker(name: str, docker: type) -> None:
    """Make a docker known to Krita."""
    side = krita.DockWidgetFactoryBase.DockRight
    Krita.instance().addDockWidgetFactory(krita.DockWidgetFactory(name, side, docker))


def once(name: str, value: str) -> bool:
    """Whether this is another value than Krita's settings kept under the name; it is kept from now on."""
    before = Krita.instance().readSetting("pullbrush", name, "")
    Krita.instance().writeSetting("pullbrush", name, value)
    return before != value


def _export(document: Any, place: Path) -> bool:
    info = krita.InfoObject()
    info.setProperty("saveSRGBProfile", True)  # else 5.2 leaves every profile out
    document.setBatchmode(True)
    try:
        return bool(document.exportImage(str(place), info))
    finally:
        document.setBatchmode(False)


def _note(key: str) -> str:
    return NOTE + key.removeprefix("pullbrush/").replace("/", ".")


def _below(node: Any) -> Iterator[Any]:
    for child in reversed(node.childNodes() if node is not None else ()):
        yield child
        if child.type() == "grouplayer":
            yield from _below(child)


__all__ = ["DockWidget", "Extension", "Krita", "KritaHost"]
