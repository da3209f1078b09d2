# SPDX-License-Identifier: Apache-2.0
"""`pullbrush bench …`: what the promises are about, measured so that anybody can repeat it."""
