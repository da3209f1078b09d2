# SPDX-License-Identifier: Apache-2.0
"""How well a generator of heads draws and inverts, and the docs' moving picture of it."""
