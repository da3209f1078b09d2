# SPDX-License-Identifier: GPL-3.0-or-later
from typing import Any

KEY_Down: int
KEY_Escape: int
KEY_Left: int
KEY_Page_Down: int
KEY_Page_Up: int
KEY_Right: int
KEY_Up: int
KEY_space: int
SELECTION_CLIPBOARD: Any

class EventMask:
    SCROLL_MASK: EventMask
    SMOOTH_SCROLL_MASK: EventMask
    BUTTON1_MOTION_MASK: EventMask
    BUTTON_PRESS_MASK: EventMask
    BUTTON_RELEASE_MASK: EventMask
    FOCUS_CHANGE_MASK: EventMask
    KEY_PRESS_MASK: EventMask
    def __or__(self, other: EventMask) -> EventMask: ...

class EventType:
    BUTTON_RELEASE: EventType

class Event:
    type: EventType

class ModifierType:
    CONTROL_MASK: ModifierType
    SHIFT_MASK: ModifierType
    def __and__(self, other: ModifierType) -> ModifierType: ...

class EventKey(Event):
    keyval: int
    state: ModifierType

class Display:
    @staticmethod
    def get_default() -> Display: ...

class Window:
    def focus(self, time: int) -> None: ...

def keyval_name(key: int) -> str | None: ...
def keyval_to_lower(key: int) -> int: ...

class EventButton(Event):
    x: float
    y: float

class EventMotion(Event):
    x: float
    y: float

class ScrollDirection:
    UP: ScrollDirection
    DOWN: ScrollDirection

class EventScroll(Event):
    direction: ScrollDirection
    x: float
    y: float

class Rectangle:
    width: int
    height: int

class RGBA:
    red: float
    green: float
    blue: float
    alpha: float
    def __init__(self) -> None: ...
    def parse(self, text: str) -> bool: ...
    def to_string(self) -> str: ...
