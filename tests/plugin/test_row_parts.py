# SPDX-License-Identifier: Apache-2.0
"""Rows of several numbers: what a pull gives is possible, and a row stays the one that it is while it is pulled."""

from __future__ import annotations

import pytest
from every_field import Everything

from protocol.edits import EditModel, Range
from protocol.plugin.numbers import Scale
from protocol.plugin.panel import PanelModel
from protocol.plugin.parts import Ends
from protocol.plugin.view import built_of

SCALE = Scale(minimum=0, maximum=1, step=0.05)


@pytest.mark.parametrize(
    ("start", "end", "handle", "stop", "wanted"),
    [
        (0.52, 0.52, 1, 8, [0.52, 0.52]),
        (0.33, 0.34, 0, 9, [0.34, 0.34]),
        (0.1, 0.9, 0, 4, [0.2, 0.9]),
        (0.1, 0.9, 1, 0, [0.1, 0.1]),
    ],
)
def test_no_handle_passes_the_other_wherever_that_was_typed(
    start: float, end: float, handle: int, stop: int, wanted: list[float]
) -> None:
    pulled = Ends(scale=SCALE, start=start, end=end).pulled(handle, stop)
    assert pulled == pytest.approx(wanted)
    assert Range(label="field.range", help="", default=(0, 1)).parse(pulled, "range")


def test_the_rows_of_a_transform_are_not_built_anew_while_it_is_pulled() -> None:
    panel = PanelModel(edit=EditModel.of(Everything))
    name = panel.edit.transform_field
    assert name is not None
    pulled = panel.set(name, {"dx": 3.0})
    assert pulled.rows != panel.rows
    assert built_of(pulled.rows) == built_of(panel.rows)


def test_words_with_a_list_that_nobody_has_are_typed_in_their_box() -> None:
    row = PanelModel(edit=EditModel.of(Everything)).row("words")
    assert (row.widget, row.lines > 1) == ("box", True)
