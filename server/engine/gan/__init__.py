# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2 and dragging on its manifold (DragGAN, arXiv 2305.10973). Receives loaded generators."""
