# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install`, `uninstall` and `make zips`: the plug-ins, and the folders paint programs look in."""
