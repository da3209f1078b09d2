# SPDX-License-Identifier: Apache-2.0
"""The evaluator of scenes: its network and training, and how well it reads."""
