# SPDX-License-Identifier: Apache-2.0
"""One file or folder per thing an artist can do, each a short composition of canvas, warp and models.

runner.py   what every edit can be asked for
runners.py  the one table: which runner does which edit

Runners load no torch before something is computed.
"""
