# SPDX-License-Identifier: Apache-2.0
"""Training of the generator of heads and of its encoder."""
