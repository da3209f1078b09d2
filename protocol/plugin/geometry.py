# SPDX-License-Identifier: Apache-2.0
"""How large a document is, and where a layer lies in it; a host tells it without reading pixels."""

from __future__ import annotations

from dataclasses import dataclass

from .host import Host, Rect, layers_of


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """How large the document is, and where the layer lies in it."""

    size: tuple[int, int]
    offset: tuple[int, int]
    bounds: Rect | None

    @property
    def canvas(self) -> Rect:
        """The whole document."""
        return (0, 0, *self.size)


def geometry_of(host: Host, key: str) -> Geometry:
    """Where a layer lies now; raises HostError when it is not there any more."""
    extent = host.extent_and_profile()
    (layer,) = layers_of(host, [key])
    return Geometry(size=(extent.width, extent.height), offset=layer.offset, bounds=layer.bounds)
