# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any

TYPE_STRING: GType

class GType:
    @staticmethod
    def from_name(name: str) -> GType: ...

class ParamFlags:
    READWRITE: ParamFlags

class Value:
    def __init__(self, kind: object = ..., value: object = ...) -> None: ...
    def init(self, kind: GType) -> None: ...
    def set_boxed(self, value: object) -> None: ...

class Object:
    __gtype__: GType
    def get_property(self, name: str) -> Any: ...
    def set_property(self, name: str, value: object) -> None: ...
