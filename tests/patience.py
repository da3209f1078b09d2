# SPDX-License-Identifier: Apache-2.0
"""How long tests wait for what another process or thread does: the one number."""

PATIENCE_S = 900.0
"""Ends what hangs, with the test's own words, before pytest's limit does; it measures nothing. What takes a second on a
quiet machine may take a minute on a busy one."""
