# SPDX-License-Identifier: Apache-2.0
"""Every kind of layer GIMP has: handled, or refused with a reason."""

import bench
import quickly
import tables
from gi.repository import Gimp

SIZE = tables.SIZE


def run(facts, args):
    with quickly.worker() as worker:
        facts["handled"] = {name: case(worker) for name, case in HANDLED.items()}
        facts["refused"] = {name: case(worker) for name, case in REFUSED.items()}


def paper(image, *, at=(0, 0), size=SIZE, parent=None):
    """A layer with the picture of the tables."""
    layer = bench.add_layer(image, "Paper", SIZE, at=at, parent=parent)
    bench.fill(layer, tables.picture(), tables.SCREEN)
    if size != SIZE:
        layer.resize(*size, 0, 0)
    return layer


def at(layer, x, y):
    """One pixel of a layer, in the image's coordinates."""
    _, left, top = layer.get_offsets()
    return list(bench.pixels(layer, (x - left, y - top, 1, 1), tables.SCREEN))


# ---- handled


def plain(worker):
    image = bench.new_image(*SIZE)
    layer = quickly.drag(worker, image, paper(image))
    return {"above": bench.names(image).index(layer.get_name()) == 0, "moved": at(layer, 52, 30)}


def with_filter(worker):
    """What is edited is what is seen: after the filter."""
    image = bench.new_image(*SIZE)
    base = paper(image)
    base.append_filter(Gimp.DrawableFilter.new(base, "gegl:invert-gamma", "invert"))
    layer = quickly.drag(worker, image, base)
    return {"moved": at(layer, 52, 30), "filters": len(base.get_filters()), "images": others(image)}


def with_hidden_filter(worker):
    """A filter that is switched off changes nothing."""
    image = bench.new_image(*SIZE)
    base = paper(image)
    invert = Gimp.DrawableFilter.new(base, "gegl:invert-gamma", "invert")
    base.append_filter(invert)
    invert.set_visible(False)
    return {"moved": at(quickly.drag(worker, image, base), 52, 30)}


def group(worker):
    """A group is edited as it is seen; the result lies above it."""
    image = bench.new_image(*SIZE)
    top = Gimp.GroupLayer.new(image, "Group")
    image.insert_layer(top, None, 0)
    paper(image, parent=top)
    layer = quickly.drag(worker, image, top)
    return {"names": bench.names(image)[1:], "moved": at(layer, 52, 30)}


def within_group(worker):
    """The result of a layer in a group lies in the group, right above it."""
    image = bench.new_image(*SIZE)
    top = Gimp.GroupLayer.new(image, "Group")
    image.insert_layer(top, None, 0)
    base = paper(image, parent=top)
    layer = quickly.drag(worker, image, base)
    inside = [one == layer for one in top.get_children()]
    return {"inside": inside, "moved": at(layer, 52, 30), "names": bench.names(image)}


def with_mask(worker):
    """What the layer's mask hides stays hidden under the result."""
    image = bench.new_image(*SIZE)
    base = paper(image)
    mask = base.create_mask(Gimp.AddMaskType.WHITE)
    base.add_mask(mask)
    rows = bytes(0 if x >= 50 else 255 for _ in range(SIZE[1]) for x in range(SIZE[0]))
    bench.fill(mask, rows, "Y u8")
    before, _ = tables.visible(image)
    layer = quickly.drag(worker, image, base)
    after, size = tables.visible(image)
    hidden = [(y * SIZE[0] + x) * size for y in range(SIZE[1]) for x in range(50, SIZE[0])]
    same = all(before[place : place + size] == after[place : place + size] for place in hidden)
    return {"has_mask": layer.get_mask() is not None, "same": same, "other": before != after}


def beyond_the_canvas(worker):
    """A layer that reaches beyond the canvas on all sides, with an offset."""
    image = bench.new_image(70, 50)
    layer = quickly.drag(worker, image, paper(image, at=(-10, -6)), drags=[[[30, 26], [42, 24]]])
    return {"moved": at(layer, 42, 24)}


def smaller_than_the_canvas(worker):
    image = bench.new_image(200, 150)
    layer = quickly.drag(worker, image, paper(image, at=(60, 40)), drags=[[[100, 72], [112, 70]]])
    return {"moved": at(layer, 112, 70)}


def text(worker):
    image = bench.new_image(*SIZE)
    font = Gimp.context_get_font()
    words = Gimp.TextLayer.new(image, "Words", font, 40, Gimp.Unit.pixel())
    image.insert_layer(words, None, 0)
    layer = quickly.drag(worker, image, words, drags=[[[10, 30], [14, 30]]])
    return {"names": [layer.get_name() == bench.names(image)[0], bench.names(image)[1]]}


def with_selection(worker):
    """A soft selection is the only place that may change."""
    image = bench.new_image(*SIZE)
    base = paper(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 30, 20, 40, 24)
    Gimp.Selection.feather(image, 4)
    chosen = bench.pixels(image.get_selection(), None, "Y u8")
    layer = quickly.drag(worker, image, base)
    alpha = bench.pixels(layer, None, "A u8")
    _, left, top = layer.get_offsets()
    wide = layer.get_width()
    seen = [(left + i % wide, top + i // wide) for i, a in enumerate(alpha) if a]
    return {"inside": all(chosen[y * SIZE[0] + x] for x, y in seen), "seen": len(seen)}


def repeated(worker):
    """Results of one layer lie above each other, the newest on top."""
    image = bench.new_image(*SIZE)
    base = paper(image)
    keys = [quickly.drag(worker, image, base, seed=seed) for seed in (1, 2, 3)]
    return {"order": [keys.index(one) for one in image.get_layers()[:3]]}


def others(image):
    """Images besides this one; the copies that were made for reading are gone."""
    return sum(one != image for one in Gimp.get_images()) - STRAY


STRAY = 0
HANDLED = {
    one.__name__: one
    for one in (plain, with_filter, with_hidden_filter, group, within_group, with_mask,
                beyond_the_canvas, smaller_than_the_canvas, text, with_selection, repeated)
}  # fmt: skip

# ---- refused


def indexed(worker):
    image = bench.new_image(*SIZE)
    base = paper(image)
    base.flatten()
    dither, palette = Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE
    image.convert_indexed(dither, palette, 16, False, False, "")
    said = quickly.why_not(quickly.drag, worker, image, base)
    quickly.host_of(image).make_rgb()
    return [said, bench.names(image), quickly.why_not(quickly.drag, worker, image, base)]


def hidden(worker):
    image = bench.new_image(*SIZE)
    base = paper(image)
    base.set_visible(False)
    image.set_selected_layers([base])
    return [quickly.why_not(quickly.drag, worker, image, None), bench.names(image)]


def floating(worker):
    image = bench.new_image(*SIZE)
    base = paper(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 30, 30)
    Gimp.Selection.float(image, [base], 0, 0)
    return [quickly.why_not(quickly.drag, worker, image, None), len(image.get_layers())]


def beside(worker):
    image = bench.new_image(*SIZE)
    base = paper(image, at=(500, 0))
    return [quickly.why_not(quickly.drag, worker, image, base), bench.names(image)]


def group_with_filter(worker):
    image = bench.new_image(*SIZE)
    top = Gimp.GroupLayer.new(image, "Group")
    image.insert_layer(top, None, 0)
    paper(image, parent=top)
    top.append_filter(Gimp.DrawableFilter.new(top, "gegl:invert-gamma", "invert"))
    return [quickly.why_not(quickly.drag, worker, image, top), bench.names(image)]


def several(worker):
    image = bench.new_image(*SIZE)
    image.set_selected_layers([paper(image), paper(image)])
    return [quickly.why_not(quickly.drag, worker, image, None), len(image.get_layers())]


def nothing(worker):
    image = bench.new_image(*SIZE)
    return [quickly.why_not(quickly.drag, worker, image, None), bench.names(image)]


REFUSED = {
    one.__name__: one
    for one in (indexed, hidden, floating, beside, group_with_filter, several, nothing)
}
