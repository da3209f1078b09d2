# SPDX-License-Identifier: Apache-2.0
"""What the lab's commands say on standard output while they work."""

import sys


def say(line: str) -> None:
    """One line, seen at once, also through a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
