# SPDX-License-Identifier: Apache-2.0
"""`python -m server.cli` is `pullbrush`."""

from .app import main

main()
