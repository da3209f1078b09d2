# SPDX-License-Identifier: Apache-2.0
"""Labels and help of the edits in every language, by message id; one JSON file per language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path


@cache
def messages() -> dict[str, dict[str, str]]:
    """Return all texts: {language: {message id: text}}."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
