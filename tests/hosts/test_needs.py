# SPDX-License-Identifier: Apache-2.0
"""A test in a paint program that cannot run here fails and says what to install; it never counts as skipped."""

from __future__ import annotations

import re
from pathlib import Path

import needs
import pytest

HERE = Path(__file__).parent


def test_what_is_missing_is_named_with_the_command_that_installs_it() -> None:
    wanted = {"sh": "dash", "no-such-program": "one-package", "python:no_such": "two-package"}
    assert needs.lacking(wanted) == ["one-package", "two-package"]
    with pytest.raises(pytest.fail.Exception, match=r"apt-get install .* one-package two-package$"):
        needs.demand(wanted)
    needs.demand({"sh": "dash"})


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_no_host_test_skips(path: Path) -> None:
    assert not re.search(r"pytest\.(mark\.)?(skip|importor)", path.read_text(encoding="utf-8"))
