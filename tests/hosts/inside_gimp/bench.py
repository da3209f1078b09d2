# SPDX-License-Identifier: Apache-2.0
"""Hands for scripts in GIMP: images, pixels, calls of procedures."""

import hashlib
import time
from importlib import util
from pathlib import Path

import gi

gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio, GObject  # noqa: E402

NONE = Gegl.AbyssPolicy.NONE


def load_plugin(folder: Path) -> None:
    """Make `pullbrush` the plug-in's package, as GIMP's start of it does, and `protocol` what it carries."""
    Gegl.init(None)
    spec = util.spec_from_file_location("pullbrush_script", folder / "pullbrush.py")
    script = util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.load_package(folder)
    from fakes.carried import reverse

    reverse()


def load(place):
    """Open a file."""
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(place)))


def save(image, place):
    """Save to a file."""
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(place)), None)


def new_image(width, height, *, gray=False, precision="u8-non-linear", profile=None):
    """An image without layers."""
    kind = Gimp.ImageBaseType.GRAY if gray else Gimp.ImageBaseType.RGB
    precisions = {one.value_nick: one for one in Gimp.Precision.__enum_values__.values()}
    image = Gimp.Image.new_with_precision(width, height, kind, precisions[precision])
    if profile is not None:
        image.set_color_profile(profile)
    return image


def add_layer(image, name, size, *, alpha=True, at=(0, 0), parent=None):
    """A layer on top of the others."""
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    names = ("GRAY", "GRAYA") if gray else ("RGB", "RGBA")
    kind = getattr(Gimp.ImageType, f"{names[alpha]}_IMAGE")
    layer = Gimp.Layer.new(image, name, *size, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(*at)
    return layer


def native(drawable):
    """Babl's name of a drawable's own format."""
    return Babl.get_name(drawable.get_format())


def fill(drawable, data, name=None):
    """Set all pixels."""
    buffer = drawable.get_buffer()
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    buffer.set(area, name or native(drawable), bytes(data))
    buffer.flush()
    del buffer
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def pixels(drawable, rect=None, name=None):
    """Pixels in the drawable's own coordinates, as it keeps them."""
    rect = rect or (0, 0, drawable.get_width(), drawable.get_height())
    return drawable.get_buffer().get(Gegl.Rectangle.new(*rect), 1.0, name, NONE)


def digest(drawable):
    """Of all pixels."""
    return hashlib.sha256(pixels(drawable)).hexdigest()


def names(image):
    """Of all layers, from the top."""
    return [layer.get_name() for layer in image.get_layers()]


def call(name, image, layers, *, mode="NONINTERACTIVE", **values):
    """Run a procedure; returns (status, message, results, seconds)."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("run-mode", getattr(Gimp.RunMode, mode))
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    for key, value in values.items():
        if isinstance(value, list):
            boxed = GObject.Value()
            boxed.init(GObject.GType.from_name("GimpDoubleArray"))
            Gimp.value_set_double_array(boxed, value)
            config.set_property(key, boxed.get_boxed())
        else:
            config.set_property(key.replace("_", "-"), value)
    began = time.monotonic()
    found = procedure.run(config)
    seconds = time.monotonic() - began
    status = found.index(0).value_nick
    message = Gimp.get_pdb().get_last_error() if status != "success" else ""
    return status, message, [found.index(i) for i in range(1, found.length())], seconds
