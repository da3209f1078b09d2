# SPDX-License-Identifier: Apache-2.0
"""Stored cases of the published references, run with the engine's own functions."""
