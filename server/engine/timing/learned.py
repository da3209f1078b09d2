# SPDX-License-Identifier: Apache-2.0
"""Times learned on this machine, by device and model: a small JSON file beside the recipe store.

Of each kind and size the newest few jobs are kept and their median counts, so that one job on a busy machine spoils
nothing. A file that is damaged, foreign or of another version counts as empty; a folder that cannot be written costs
the memory, never an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite, log
from pathlib import Path
from statistics import median
from typing import Any, cast

from server.engine.own_file import as_table, own_file, read_table, write_table
from server.engine.timing.work import Key, Work, Works, nominal

VERSION = 1
KEPT, SIZES_MAX, MODELS_MAX, DEVICES_MAX = 5, 12, 64, 8
"""Jobs kept of each size, sizes of each kind, models of each device, devices."""
ANY = ""
"""The model of what all models of a device share, such as the start of its libraries."""
SHARED = frozenset({"start", "warp"})
BESIDE = frozenset({"start", "hash", "load", "rest"})
"""What says nothing of how long the computing itself takes."""
STEEPEST, FLATTEST = 1.6, 0.0
"""Exponents of the size with which times of other sizes are told: attention grows faster than the picture, and small
pictures keep a large device no busier than tiny ones."""

Times = dict[str, dict[int, list[float]]]
"""kind -> bucket of sizes -> seconds, oldest first"""


def times_path() -> Path:
    """Where times are kept: beside the recipe store."""
    return own_file("engine/times.json")


@dataclass(frozen=True)
class Estimate:
    """Seconds for some works; `guessed`: less than half of the computing in it was ever measured here."""

    seconds: float
    guessed: bool


class LearnedTimes:
    """What is known of one device's times; `device` "" means the one that computed last.

    `file`: where they are kept; None for a memory that ends with this object.
    """

    def __init__(self, file: Path | None = None, device: str = "") -> None:
        self._file, self._wanted = file, device
        self._known, self._read_as = _nothing(), (-1, -1)

    @property
    def device(self) -> str:
        return self._wanted or str(self._content()["device"])

    def seconds(self, model: str, work: Work) -> float | None:
        """How long one of this takes, as learned; None when this kind was never measured with this model."""
        times: Times = self._of_device().get(_owner(model, work.kind), {})
        known = times.get(work.kind)
        return _at(known, work) if known else None

    def estimate(self, model: str, works: Works) -> Estimate:
        """How long all of it takes; what was never measured is guessed in proportion to what was."""
        found = [(work, self.seconds(model, work)) for work in works]
        pairs = [(one, work.guess) for work, one in found if one is not None and work.guess > 0]
        ratio = median(one / guess for one, guess in pairs) if pairs else 1.0
        measured = sum(work.count * one for work, one in found if one is not None)
        guessed = sum(work.count * work.guess * ratio for work, one in found if one is None)
        known = sum(w.count * one for w, one in found if one is not None and w.kind not in BESIDE)
        unknown = sum(
            w.count * w.guess * ratio for w, one in found if one is None and w.kind not in BESIDE
        )
        return Estimate(measured + guessed, guessed=unknown > known)

    def learn(self, model: str, measured: Mapping[Key, float]) -> None:
        """Take over what a job measured, seconds of one of each. Never raises for a folder that cannot be written."""
        content = self._content()
        devices: dict[str, dict[str, Times]] = content["devices"]
        content["device"] = self._wanted or content["device"]
        models = _newest(devices, content["device"], {}, DEVICES_MAX)
        for key, seconds in measured.items():
            owner = _owner(model, key[0])
            kinds: Times = _newest(models, owner, {}, MODELS_MAX)
            sizes = kinds.setdefault(key[0], {})
            known: list[float] = _newest(sizes, key[1], [], SIZES_MAX)
            known.append(seconds)
            del known[:-KEPT]
        self._known = content
        if self._file is not None:
            with suppress(OSError):
                write_table(self._file, content)
                self._read_as = _stamp(self._file)

    def _of_device(self) -> dict[str, Times]:
        content = self._content()
        return cast("dict[str, dict[str, Times]]", content["devices"]).get(self.device, {})

    def _content(self) -> dict[str, Any]:
        """The file as it is now: another engine on this machine may have learned, too."""
        if self._file is None:
            return self._known
        stamp = _stamp(self._file)
        if stamp != self._read_as:
            self._read_as = stamp
            if stamp != (-1, -1):
                self._known = _read(self._file)
        return self._known


def _owner(model: str, kind: str) -> str:
    return ANY if kind in SHARED else model


def _at(known: Mapping[int, list[float]], work: Work) -> float:
    """Seconds at a size, out of those at others: along the line between (or beyond) the two nearest ones."""
    kind, bucket = work.key
    ordered = sorted(known, key=lambda other: abs(other - bucket))
    here = ordered[0]
    seconds = median(known[here])
    away = max(work.size, 1) / nominal((kind, here))
    if len(ordered) == 1 or here == bucket:
        return seconds * away
    other = ordered[1]
    rise = log(median(known[other]) / seconds) / log(nominal((kind, other)) / nominal((kind, here)))
    return seconds * away ** min(max(rise, FLATTEST), STEEPEST)


def _newest(table: dict[Any, Any], name: Any, fresh: Any, most: int) -> Any:
    """The entry of a table, now its newest one; the oldest make room."""
    table[name] = found = table.pop(name, fresh)
    for oldest in list(table)[:-most]:
        del table[oldest]
    return found


def _nothing() -> dict[str, Any]:
    return {"version": VERSION, "device": "", "devices": {}}


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return (-1, -1)
    return (found.st_mtime_ns, found.st_size)


def _read(file: Path) -> dict[str, Any]:
    """What a file holds, as far as it can be understood."""
    found = read_table(file)
    if found.get("version") != VERSION:
        return _nothing()
    device = found.get("device")
    devices = {
        name: {model: _times(kinds) for model, kinds in as_table(models).items()}
        for name, models in as_table(found.get("devices")).items()
    }
    known = device if isinstance(device, str) else ""
    return {"version": VERSION, "device": known, "devices": devices}


def _times(kinds: object) -> Times:
    found: Times = {}
    for kind, sizes in as_table(kinds).items():
        kept = {int(size): _seconds(many) for size, many in as_table(sizes).items() if _whole(size)}
        if usable := {size: many for size, many in kept.items() if many}:
            found[kind] = usable
    return found


def _seconds(many: object) -> list[float]:
    values = cast("list[object]", many) if isinstance(many, list) else []
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return [v for v in numbers if isfinite(v) and 0 < v < 1e7][-KEPT:]


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6
