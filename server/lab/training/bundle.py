# SPDX-License-Identifier: Apache-2.0
"""What every model folder that is bundled has: sums of its files, a card, and a size that may be bundled."""

import hashlib
import json
from pathlib import Path

HASHES, CARD = "hashes.json", "MODEL_CARD.md"
LARGEST_FILE = 15_000_000
LARGEST_ALL = 45_000_000
"""All bundled weights together: the scenes model, the generator of heads, the evaluator."""


def files_of(folder: Path) -> dict[str, Path]:
    """Relative POSIX name → path of every model file; the card and the sums themselves are none."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: path for name, path in named.items() if name not in (HASHES, CARD)}


def write_hashes(folder: Path, largest: int) -> int:
    """SHA-256 of every model file; returns the bytes of all.

    Raises ValueError when a file or the whole, of at most `largest` bytes, is too large to bundle.
    """
    files = files_of(folder)
    sizes = {name: path.stat().st_size for name, path in files.items()}
    total = sum(sizes.values())
    if max(sizes.values()) > LARGEST_FILE or total > largest:
        name = max(sizes, key=lambda name: sizes[name])
        raise ValueError(
            f"the model is too large: {name} has {sizes[name]} bytes (at most {LARGEST_FILE}), "
            f"all together {total} (at most {largest})"
        )
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    for path in files.values():
        path.chmod(0o644)
    (folder / HASHES).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
    return total
