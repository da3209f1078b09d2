# SPDX-License-Identifier: Apache-2.0
"""Measuring edits against the true answer, which the procedural world knows."""
