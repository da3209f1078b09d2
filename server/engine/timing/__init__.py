# SPDX-License-Identifier: Apache-2.0
"""How long things take: what a job consists of, what was learned of it on this machine, how far a running one is.

Importable without torch: the quick worker plans with it, the model worker measures.
"""
