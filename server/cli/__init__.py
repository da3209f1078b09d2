# SPDX-License-Identifier: Apache-2.0
"""The command line: one of the clients of the engine, with the same protocol as a paint program."""
