# SPDX-License-Identifier: Apache-2.0
"""Writes the golden bytes of this version: `python tests/wire/golden_files.py`.

One file for each message, one line of hexadecimal for each frame. What a released version wrote, later ones must
read for ever: bytes of a version that `golden/RELEASED` lists are never changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from protocol import VERSION, codec

GOLDEN = Path(__file__).parent / "golden"


def folder(golden: Path = GOLDEN) -> Path:
    return golden / f"{VERSION[0]}.{VERSION[1]}"


def to_text(frames: list) -> str:
    return "".join(bytes(frame).hex() + "\n" for frame in frames)


def to_frames(text: str) -> list[bytes]:
    return [bytes.fromhex(line) for line in text.splitlines()]


def released(golden: Path = GOLDEN) -> list[str]:
    return (golden / "RELEASED").read_text().split()


def write(golden: Path = GOLDEN) -> list[str]:
    """Write what differs and return the names; raises PermissionError for a released version."""
    from samples import SAMPLES

    place = folder(golden)
    place.mkdir(parents=True, exist_ok=True)
    texts = {place / f"{sample.TYPE}.hex": to_text(codec.encode(sample)) for sample in SAMPLES}
    changed = {
        path: text for path, text in texts.items() if not path.exists() or path.read_text() != text
    }
    frozen = place.name in released(golden)
    if frozen and changed:
        names = ", ".join(path.name for path in changed)
        raise PermissionError(
            f"version {place.name} is released, its bytes stay: {names}. Raise the minor version."
        )
    for path, text in changed.items():
        path.write_text(text)
    return [path.name for path in changed]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        written = write()
    except PermissionError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{len(written)} files written: {', '.join(written)}\n")
