# SPDX-License-Identifier: Apache-2.0
"""What an engine says of a pull of frames: previews with handles, and a result with its film. Standard library only."""

from __future__ import annotations

from dataclasses import replace

from protocol.events import Picture, Result
from protocol.images import Image
from protocol.messages import JobDone, JobPreview, JobProgress, ResultLayer
from protocol.plugin.film import FILM

from .connection import Asked, ScriptedConnection

COLUMNS = 5


def frame(net: ScriptedConnection, job: Asked, number: int, steps: int = 200) -> None:
    """A frame comes, with the handle a pixel further than the one before, brighter the later it is."""
    image = replace(job.image("source"), name="preview", blob=None)
    x, y = job.params["drags"][0][0]
    about = {"job": job.id, "step": number, "handles": ((x + number, y),)}
    pixels = bytes((number, number, number, 255)) * (image.shape[0] * image.shape[1])
    net.inbox += [
        JobProgress(seq=1, phase="edit", steps=steps, **about),
        JobPreview(seq=2, image=image, frames=(pixels,), **about),
    ]


def film_done(net: ScriptedConnection, job: Asked, frames: int, value: int = 3) -> None:
    """The job ends: the source inverted, and a film of so many frames."""
    layer = replace(job.image("source"), name="layer.0", blob=None)
    rect = (0, 0, COLUMNS, frames)
    film = Image(name=FILM, shape=(frames, COLUMNS, 1), dtype="f2", order="gray", rect=rect)
    pictures = {
        "layer.0": Picture(image=layer, pixels=bytes(255 - v for v in net.source(job))),
        FILM: Picture(image=film, pixels=bytes([value]) * (2 * frames * COLUMNS)),
    }
    done = JobDone(
        job=job.id,
        seq=9,
        layers=(ResultLayer(image="layer.0", name="x"),),
        kind="frames",
        metrics={"frames": frames},
        provenance={"model": "heads-gan", "model_sha256": "a" * 64},
    )
    net.inbox.append(Result(job=job.id, done=done, pictures=pictures))
