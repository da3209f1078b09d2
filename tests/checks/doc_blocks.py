# SPDX-License-Identifier: Apache-2.0
"""The blocks of commands in README and docs, with what is said about each in comments above it.

<!-- nightly -->                     it takes long
<!-- yours: in.png, boat.png -->     files that stand for the reader's own
<!-- not run: COMMAND; REASON -->    commands that begin so are left out; `all` is every one
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELLS = ("console", "sh", "bash")
FENCE = re.compile(r"^```(\w*)\s*$")
REMARK = re.compile(r"^<!-- (nightly|yours|not run)(?:: (.*?))? -->$")


@dataclass
class Block:
    """One block: its page and line, its commands, and what is said about it."""

    page: str
    line: int
    commands: list[str]
    nightly: bool = False
    yours: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def runs(self) -> list[str]:
        """The commands that are run."""
        return [one for one in self.commands if not self.reason(one)]

    def reason(self, command: str) -> str:
        """Why a command is not run, or nothing."""
        return next(
            (
                why
                for start, why in self.left_out.items()
                if start == "all" or command.startswith(start)
            ),
            "",
        )


def pages() -> list[Path]:
    """Every page that a reader may follow, from the tree's top down."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [ROOT / name for name in sorted(listed) if (ROOT / name).is_file()]


def blocks(page: Path) -> list[Block]:
    """The blocks of commands of a page, in their order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    inside, remarks = False, list[re.Match[str]]()
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence and not inside:
            inside = True
            if fence[1] in SHELLS:
                name = page.relative_to(ROOT).as_posix()
                found.append(_block(name, number, lines[number:], remarks))
            remarks = []
        elif fence:
            inside = False
        elif not inside and (remark := REMARK.match(line)):
            remarks.append(remark)
        elif not inside and line.strip():
            remarks = []
    return found


def _block(page: str, line: int, rest: list[str], remarks: list[re.Match[str]]) -> Block:
    end = next(i for i, text in enumerate(rest) if FENCE.match(text))
    block = Block(page, line, [one for text in rest[:end] if (one := _command(text))])
    for remark in remarks:
        if remark[1] == "nightly":
            block.nightly = True
        elif remark[1] == "yours":
            block.yours = tuple(name.strip() for name in remark[2].split(","))
        else:
            start, _, why = remark[2].partition("; ")
            block.left_out[start] = why
    return block


def _command(text: str) -> str:
    """A line as it is typed, without its comment."""
    return re.sub(r"\s+#\s.*$", "", text.removeprefix("$ ")).strip()


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]
