# SPDX-License-Identifier: Apache-2.0
"""Training of the bundled models from nothing: pictures, autoencoder, latents, denoiser, export."""
