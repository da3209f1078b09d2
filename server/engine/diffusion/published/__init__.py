# SPDX-License-Identifier: Apache-2.0
"""DragonDiffusion's modes as its published code runs them."""
