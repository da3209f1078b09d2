# SPDX-License-Identifier: Apache-2.0
"""One edit of one document, from the request to the layer: a state machine, and what there is of the picture."""
