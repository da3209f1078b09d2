# SPDX-License-Identifier: Apache-2.0
"""Where `pullbrush` begins: before the libraries are there, so that Ctrl+C during their import is a sentence, too."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from server.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("pullbrush: Cancelled.\n")
        sys.exit(130)
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] in ("server", "protocol"):
            raise
        sys.stderr.write(
            f"pullbrush: The library {problem.name} is missing. Install Pullbrush again, in its own environment: "
            "pip install -c constraints.txt -e .\n"
        )
        sys.exit(1)
