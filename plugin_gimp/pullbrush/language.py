# SPDX-License-Identifier: GPL-3.0-or-later
"""All texts in the language that GIMP speaks."""

from __future__ import annotations

import locale
import os
from functools import cache

from .protocol.plugin.strings import Strings
from .protocol.plugin.strings.for_host import HostStrings


@cache
def strings() -> Strings:
    """The texts, one object for the whole program."""
    return HostStrings("gimp", _language())


def _language() -> str:
    """What GIMP set for its plug-ins, else the system's."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = os.environ.get(name, "").partition(":")[0]
        if wanted and wanted not in ("C", "POSIX", "C.UTF-8"):
            return wanted
    return locale.getlocale()[0] or "en"
