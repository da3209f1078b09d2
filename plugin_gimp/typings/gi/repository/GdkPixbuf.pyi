# SPDX-License-Identifier: GPL-3.0-or-later
from gi.repository import GLib

class Colorspace:
    RGB: Colorspace

class InterpType:
    BILINEAR: InterpType
    NEAREST: InterpType

class Pixbuf:
    @staticmethod
    def new(colors: Colorspace, alpha: bool, bits: int, width: int, height: int) -> Pixbuf: ...
    @staticmethod
    def new_from_bytes(
        data: GLib.Bytes,
        colors: Colorspace,
        alpha: bool,
        bits: int,
        width: int,
        height: int,
        stride: int,
    ) -> Pixbuf: ...
    def composite(
        self,
        to: Pixbuf,
        x: int,
        y: int,
        width: int,
        height: int,
        offset_x: float,
        offset_y: float,
        scale_x: float,
        scale_y: float,
        how: InterpType,
        alpha: int,
    ) -> None: ...
    def composite_color(
        self,
        to: Pixbuf,
        x: int,
        y: int,
        width: int,
        height: int,
        offset_x: float,
        offset_y: float,
        scale_x: float,
        scale_y: float,
        how: InterpType,
        alpha: int,
        check_x: int,
        check_y: int,
        check: int,
        color1: int,
        color2: int,
    ) -> None: ...
    def composite_color_simple(
        self,
        width: int,
        height: int,
        how: InterpType,
        alpha: int,
        check: int,
        color1: int,
        color2: int,
    ) -> Pixbuf: ...
    def fill(self, rgba: int) -> None: ...
    def get_height(self) -> int: ...
    def get_pixels(self) -> bytes: ...
    def get_width(self) -> int: ...
    def scale(
        self,
        to: Pixbuf,
        x: int,
        y: int,
        width: int,
        height: int,
        offset_x: float,
        offset_y: float,
        scale_x: float,
        scale_y: float,
        how: InterpType,
    ) -> None: ...
    def scale_simple(self, width: int, height: int, how: InterpType) -> Pixbuf: ...

class PixbufLoader:
    @staticmethod
    def new_with_type(kind: str) -> PixbufLoader: ...
    def close(self) -> bool: ...
    def get_pixbuf(self) -> Pixbuf | None: ...
    def write(self, data: bytes) -> bool: ...
