# SPDX-License-Identifier: Apache-2.0
"""The landmark benchmark: drags of heads whose answers are known."""
