# SPDX-License-Identifier: Apache-2.0
"""The caption sheet shows each scene above its caption."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from server.lab.scenes import render
from server.lab.scenes.caption_sheet import GAP, LINE, LINES, caption_sheet, captioned, main
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.things import SIDE


def test_a_caption_sheet_holds_renders_and_words() -> None:
    sheet = np.asarray(caption_sheet(range(5, 8), columns=2))
    high = SIDE + LINES * LINE + GAP
    assert sheet.shape == (2 * high + GAP, 2 * (SIDE + GAP) + GAP, 3)
    assert np.array_equal(sheet[GAP + high :, GAP:][:SIDE, :SIDE], render(sample_rich(7)).rgb)
    below = sheet[GAP + SIDE : high, GAP : GAP + SIDE]
    assert 0.01 < np.mean(below < 128) < 0.3


def test_the_command_writes_sheet_captions_and_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sheet.png"
    words = f"sheet {file} --first 3 --count 2 --columns 1 --voice 4 --claims"
    monkeypatch.setattr("sys.argv", words.split())
    main()
    with Image.open(file) as sheet:
        assert sheet.size[0] == SIDE + 2 * GAP
    lines = capsys.readouterr().out.splitlines()
    assert f"4: {captioned(4, 4).text}" in lines
    assert sum(line.startswith("    ") for line in lines) == sum(
        len(captioned(seed, 4).claims) for seed in (3, 4)
    )
