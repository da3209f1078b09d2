# SPDX-License-Identifier: Apache-2.0
"""What a plan says on the command line, and by what a file is known again from one run to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.messages import JobPlanned
from protocol.plugin.strings import Strings
from server.cli.editing.file_host import FileHost
from server.cli.editing.progress import describe

WHOLE = (0, 0, 8, 8)


@pytest.mark.parametrize(("nbytes", "words"), [(40 << 20, "40 MB"), (3 << 30, "3.0 GB")])
def test_memory_is_said_in_a_unit_that_leaves_a_number(nbytes: int, words: str) -> None:
    planned = JobPlanned(
        read_rect=WHOLE, region=(WHOLE,), crop=WHOLE, model="m", bytes=nbytes, eta_ms=0
    )
    assert f"needs about {words}" in describe(planned, Strings())


def test_a_file_is_the_same_document_in_every_run_until_it_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    open_now = FileHost(path=file)
    key = open_now.document_key()
    assert FileHost(path=file).document_key() == key
    assert FileHost(path=file, merged=True).document_key() != key
    file.write_bytes(b"another")
    assert FileHost(path=file).document_key() != key
    assert open_now.document_key() == key, "what is open stays what it is"
