# SPDX-License-Identifier: Apache-2.0
"""The half of a plug-in that knows no paint program and no toolkit: standard library only.

A plug-in brings a `Host` (seven functions) and draws what `PanelModel`, `DragList` and `EditSession` say.
"""
