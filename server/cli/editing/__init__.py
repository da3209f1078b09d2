# SPDX-License-Identifier: Apache-2.0
"""`pullbrush edit`, `plan` and `redo`: from options to a session with the engine, and to files."""
