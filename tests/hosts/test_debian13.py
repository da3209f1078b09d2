# SPDX-License-Identifier: Apache-2.0
"""A Debian 13 of its own: how it is made, where it may not be, and when its mirror fails; with stand-ins for tools."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "debian13.sh"
ROOT_USER = '[ "${1:-}" = -u ] && echo 0 || exit 1'
ALLOWED = (
    'while [ "${1#-}" != "$1" ] || [ "$1" = private ]; do shift; done; [ "$1" = sh ] || exec "$@"'
)
PROXY = "echo 'Acquire::http::Proxy \"http://127.0.0.1:9\";'; echo 'Acquire::Other \"1\";'"
MADE = (
    'for last; do made=$root; root=$last; done; mkdir -p "$made/etc"; printf "%s\\n" "$@" >> "$LOG"'
)


def make(tmp_path: Path, **tools: str) -> subprocess.CompletedProcess[str]:
    """Make the root “x” of one package; `tools` are shell scripts that stand for programs."""
    for name, script in tools.items():
        place = tmp_path / "bin" / name.replace("_", "-")
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/bash\n{script}\n")
        place.chmod(0o755)
    return subprocess.run(
        [SCRIPT, "make", "x", "one-package"],
        env={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "PULLBRUSH_ROOTS": str(tmp_path / "roots"),
            "PULLBRUSH_DEBIAN": "http://127.0.0.1:9/debian",
            "LOG": str(tmp_path / "log"),
        },
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ({"id": "echo 1000"}, "needs root rights"),
        ({"unshare": "exit 1"}, "needs the right to unshare"),
    ],
)
def test_where_it_cannot_be_made_that_is_said(
    tmp_path: Path, tools: dict[str, str], said: str
) -> None:
    done = make(tmp_path, **{"id": ROOT_USER, **tools})
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert not (tmp_path / "roots").exists()


def test_a_broken_download_is_tried_once_more_and_a_root_is_made_once(tmp_path: Path) -> None:
    breaks_once = f'[ -e "$LOG" ] || {{ touch "$LOG"; exit 100; }}; {MADE}'
    tools = {"id": ROOT_USER, "unshare": ALLOWED, "apt_config": PROXY, "sleep": ":"}
    for _ in range(2):
        done = make(tmp_path, **tools, mmdebstrap=breaks_once)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{tmp_path / 'roots' / 'debian13-x'}\n"
    words = (tmp_path / "log").read_text().splitlines()
    assert words.count("--include=one-package") == 1
    assert '--aptopt=Acquire::http::Proxy "http://127.0.0.1:9"' in words
    assert not [word for word in words if "Other" in word]
    assert words[-2].endswith("debian13-x.new")
    assert words[-1] == "http://127.0.0.1:9/debian"


def test_a_mirror_that_is_not_there_leaves_nothing_half_made(tmp_path: Path) -> None:
    tools = {"id": ROOT_USER, "unshare": ALLOWED, "apt_config": ":", "sleep": ":"}
    done = make(tmp_path, **tools, mmdebstrap=f"{MADE}; exit 100")
    assert (done.returncode, done.stdout) == (1, "")
    assert "trying once more" in done.stderr
    assert (tmp_path / "log").read_text().count("one-package") == 2
    assert [place.name for place in (tmp_path / "roots").iterdir()] == ["debian13-x.lock"]
