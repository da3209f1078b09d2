# SPDX-License-Identifier: Apache-2.0
"""Edits that guide a diffusion model by energies: drag and move."""
