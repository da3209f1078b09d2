# SPDX-License-Identifier: Apache-2.0
"""`pullbrush demo`: raise the sun and make the mountain taller, the two pictures every article opens with."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from protocol.edits import EDITS, EditModel
from protocol.plugin.document.recipe_restore import Again
from protocol.plugin.host import HostError, Pixels, Rect
from protocol.sentences import told
from server.files import FileError, write_flat

from .editing.file_host import FileHost
from .editing.run import checked_params, edit_file
from .editing.save import flat, save
from .output_options import Manner
from .outputs import check_outputs
from .problem import CANCELLED, FAILED, Problem
from .streams import flush, say
from .words import sentence

EXAMPLE = "lake.ora"
WORDS = (
    "the sun over a snowy brown mountain at sunset, a red boat on a lake, "
    "a house with a brown roof and two pine trees on the shore"
)
FRAME_MS, HOLD_MS = 90, 1200
SIDE = 512


FILES = (
    ("demo.ora", "the layers: open it in Krita or GIMP"),
    ("before.png", "the picture as it was"),
    ("after.png", "the picture as it is now"),
    ("before-after.png", "both"),
    ("demo.webp", "how it came about (opens in any browser)"),
)
"""What it leaves behind."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One edit of the demo: what is done, to which layer, within which mask."""

    title: str
    kind: str
    params: Mapping[str, object]
    mask: str
    layer: str | None = None


ACTS = (
    Act(
        title="Raising the sun",
        kind="move",
        params={"dx": 0.0, "dy": -28.0, "prompt": WORDS, "seed": 1},
        mask="sun",
        layer="lake",
    ),
    Act(
        title="Making the mountain taller",
        kind="drag",
        # the top is pulled up; the ends of its foot are pinned
        params={
            "drags": [[[66.7, 62.0], [66.7, 34.0]], [[1.0, 167.0]], [[163.4, 167.0]]],
            "prompt": WORDS,
            "seed": 1,
        },
        mask="mountain",
    ),
)


@dataclass(kw_only=True)
class Film:
    """The previews of the edits as frames of one small animation."""

    frames: list[Image.Image] = field(default_factory=list[Image.Image])
    times: list[int] = field(default_factory=list[int])
    base: Image.Image | None = None

    def show(self, picture: NDArray[np.generic], ms: int) -> None:
        """A finished state, which later previews lie over."""
        self.base = Image.fromarray(picture.astype(np.uint8)).convert("RGBA")
        self._add(self.base, ms)

    def preview(self, pixels: Pixels | None, rect: Rect) -> None:
        """What the engine would show in a paint program, stretched over its place."""
        if pixels is None or self.base is None:
            return
        size = (pixels.rect[2], pixels.rect[3])
        small = Image.frombytes("RGBA", size, bytes(pixels.data))
        layer = Image.new("RGBA", self.base.size)
        layer.paste(small.resize(rect[2:], Image.Resampling.BICUBIC), rect[:2])
        self._add(Image.alpha_composite(self.base, layer), FRAME_MS)

    def _add(self, frame: Image.Image, ms: int) -> None:
        scale = max(1, SIDE // max(frame.size))
        size = (frame.width * scale, frame.height * scale)
        self.frames.append(frame.convert("RGB").resize(size, Image.Resampling.LANCZOS))
        self.times.append(ms)

    def save(self, place: Path) -> None:
        first, *rest = self.frames
        first.save(
            place, save_all=True, append_images=rest, duration=self.times, loop=0, quality=88
        )


def demo(folder: Path, preset: str, *, overwrite: bool) -> None:
    """Both edits through the engine, and what they leave behind in `folder`. Raises Problem."""
    started = time.monotonic()
    for act in ACTS:  # a preset that is not there is found before anything is made
        checked_params(EditModel.of(EDITS[act.kind]), {**act.params, "preset": preset})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_outputs(
            (folder / name for name, _ in FILES),
            overwrite=overwrite,
            elsewhere="Name another folder with --out FOLDER",
        )
        film = _play(folder / "demo.ora", preset)
        before, after = (film.frames[0], film.frames[-1])
        film.save(folder / "demo.webp")
        _side_by_side(before, after).save(folder / "before-after.png")
    except (FileError, HostError) as problem:
        raise Problem(sentence(told(problem)), code=FAILED) from None
    except BrokenPipeError:
        raise
    except OSError as problem:
        why = sentence(f"{folder} cannot be written: {problem.strerror or problem}", folder)
        raise Problem(why, code=FAILED) from None
    except KeyboardInterrupt:
        text = f"Cancelled; what was finished before lies in {folder}."
        raise Problem(text, code=CANCELLED) from None
    say(f"\nDone in {time.monotonic() - started:.1f} s:")
    for name, what in FILES:
        say(f"  {folder / name}  {what}")


def _play(place: Path, preset: str) -> Film:
    """Edit after edit; each works on what the last one left, and adds one layer."""
    film = Film()
    with as_file(files("server.cli") / "examples" / EXAMPLE) as example:
        shutil.copyfile(example, place)
    for act in ACTS:
        host = FileHost(path=place, layer=act.layer, merged=act.layer is None, mask=act.mask)
        if not film.frames:
            write_flat(place.with_name("before.png"), flat(host))
            film.show(flat(host).pixels, HOLD_MS)
        host.on_preview = film.preview
        model = EditModel.of(EDITS[act.kind])
        params = checked_params(model, {**act.params, "preset": preset})
        say(f"{act.title} …")
        flush()
        done = edit_file(host, Again(kind=act.kind, params=params), manner=Manner())
        film.show(flat(host).pixels, HOLD_MS)
        write_flat(place.with_name("after.png"), flat(host))
        save(host, place)
        evaluations = done.outcome.metrics.get("evaluations", 0)
        say(f"  {done.seconds:.1f} s, {evaluations} network evaluations")
    return film


def _side_by_side(before: Image.Image, after: Image.Image, gap: int = 12) -> Image.Image:
    both = Image.new("RGBA", (before.width + gap + after.width, before.height))
    both.paste(before, (0, 0))
    both.paste(after, (before.width + gap, 0))
    return both
