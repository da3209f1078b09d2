# SPDX-License-Identifier: Apache-2.0
"""`python -m server`: the engine in the foreground."""

import sys

from server.front.main import main

sys.exit(main())
