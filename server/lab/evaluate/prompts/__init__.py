# SPDX-License-Identifier: Apache-2.0
"""Pictures from held-out prompts, and how many of the prompts' claims they keep."""
