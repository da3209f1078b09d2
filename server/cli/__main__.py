# SPDX-License-Identifier: Apache-2.0
"""`python -m server.cli` is `pullbrush`."""

from .entry import main

if __name__ == "__main__":
    main()
