# SPDX-License-Identifier: Apache-2.0
"""All open documents: the forms of each, the layer that is edited, results and recipes, and the session behind them."""
