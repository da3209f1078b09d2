# SPDX-License-Identifier: Apache-2.0
"""Child processes of the front: `quick` (numpy only: plans and warps) and `model` (the engine)."""
