# SPDX-License-Identifier: GPL-3.0-or-later
from gi.repository import Gdk

class X11Display(Gdk.Display): ...

class X11Window(Gdk.Window):
    @staticmethod
    def foreign_new_for_display(display: X11Display, number: int) -> X11Window | None: ...
