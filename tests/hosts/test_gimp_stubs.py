# SPDX-License-Identifier: Apache-2.0
"""What type checkers are told of libgimp and GTK is what the real ones have."""

from __future__ import annotations

import shutil

import gimp_rig
import pytest

pytestmark = pytest.mark.host_gimp


def test_the_stubs_say_nothing_that_is_not_there() -> None:
    with gimp_rig.gimp_rig(engine=False) as rig:
        typings = rig.folder / "typings"
        shutil.copytree(gimp_rig.ROOT / "plugin_gimp" / "typings", typings)
        facts = rig.run("stubs", typings=str(typings)).check()
    assert facts["looked_at"] > 300
    assert facts["missing"] == []
