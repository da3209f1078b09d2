# SPDX-License-Identifier: Apache-2.0
"""`python -m server`: the engine in the foreground."""

import sys

from server.sentinel import wrong_protocol

if problem := wrong_protocol():  # before anything imports from it
    sys.exit(problem)

from server.front.main import main

sys.exit(main())
