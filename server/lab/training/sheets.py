# SPDX-License-Identifier: Apache-2.0
"""Contact sheets: rows of pictures side by side as one PNG, to be looked at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 4


def in_rows(pictures: NDArray[np.uint8], columns: int = 6) -> list[NDArray[np.uint8]]:
    """Pictures (n, h, w, 3) as rows of at most so many."""
    return [pictures[start : start + columns] for start in range(0, len(pictures), columns)]


def write_sheet(
    path: Path, rows: Sequence[NDArray[np.uint8]], *, colors: int | None = None
) -> None:
    """Rows of uint8 (n, h, w, 3), all of one picture size; `colors` makes a small palette PNG."""
    height, width = rows[0].shape[1:3]
    columns = max(len(row) for row in rows)
    sheet = np.full(
        (len(rows) * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8
    )
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            top, left = r * (height + GAP), c * (width + GAP)
            sheet[top : top + height, left : left + width] = picture
    image = Image.fromarray(sheet)
    if colors is not None:
        image = image.quantize(colors)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)
