# SPDX-License-Identifier: Apache-2.0
"""Model files on disk: finding, checking and loading them."""
