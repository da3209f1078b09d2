# SPDX-License-Identifier: Apache-2.0
"""Distillation of a model into a few-step LoRA."""
