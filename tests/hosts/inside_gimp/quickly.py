# SPDX-License-Identifier: Apache-2.0
"""Edits by the plug-in's own worker in this process: no program is started, and no model where none is needed."""

from contextlib import contextmanager

from gi.repository import Gimp

WARP = {"method": "warp", "seed": 1}
DRAG = [[[40.0, 32.0], [52.0, 30.0]]]


@contextmanager
def worker(say=lambda _text, _share: None):
    """The plug-in's worker with a line of its own; nothing is kept in the store."""
    from pullbrush.carrying_out import Worker
    from pullbrush.engine_link import make_line
    from pullbrush.language import strings

    line = make_line()
    line.start()
    try:
        yield Worker(line, None, strings(), say)
    finally:
        line.end()


def host_of(image, said=None):
    """The host of an image; what it says is kept in `said`."""
    from pullbrush.document import GimpHost
    from pullbrush.host import Image

    tell = (lambda _level, text: said.append(text)) if said is not None else lambda *_: None
    return GimpHost(Image(image), lambda *_: None, tell)


def drag(worker, image, layer, *, drags=DRAG, **params):
    """Drag a layer (None: the chosen one) and return the new layer."""
    from pullbrush.carrying_out import Wish
    from pullbrush.protocol.plugin.document.recipe_restore import Again

    key = str(layer.get_tattoo()) if layer is not None else ""
    host = host_of(image)
    wish = Wish(taken=Again(kind="drag", params={**WARP, "drags": drags, **params}), source=key)
    keys, _ = worker.carry_out(wish, host, host)
    return host.layer(keys[-1]).raw


def why_not(work, *args, **named):
    """The sentence with which something is refused, "" when it is not."""
    from pullbrush.protocol.edits import ParamError
    from pullbrush.protocol.plugin.host import HostError
    from pullbrush.protocol.plugin.session.progress import SessionError

    try:
        work(*args, **named)
    except (ParamError, HostError, SessionError) as problem:
        return getattr(problem, "message", None) or str(problem)
    return ""


__all__ = ["DRAG", "WARP", "Gimp", "drag", "host_of", "why_not", "worker"]
