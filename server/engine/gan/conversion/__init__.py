# SPDX-License-Identifier: Apache-2.0
"""From a checkpoint that could run code when it is opened to safetensors, read by an interpreter that runs none."""
