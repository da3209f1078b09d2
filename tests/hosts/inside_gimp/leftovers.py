# SPDX-License-Identifier: Apache-2.0
"""What edits leave behind: in the image, in GIMP, on the disk, among the processes. One that went well, one not."""

import time
from pathlib import Path

import bench
import tables
import troubles

WARP = {"drags": "40,32:52,30", "method": "warp", "seed": "1"}


def run(facts, args):
    rig, (image, layer) = Path(args["rig"]), troubles.paper()
    layer.append_filter(tables.Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "invert"))
    facts["first"] = bench.call("pullbrush-drag", image, [layer], **WARP)[:2]
    image.remove_layer(image.get_layers()[0])
    before = around(rig)
    for _ in range(2):
        facts["well"] = bench.call("pullbrush-drag", image, [layer], **WARP)[:2]
    facts["badly"] = bench.call("pullbrush-drag", image, [layer], drags="4000,32:5000,30")[:2]
    facts["layers"] = bench.names(image)
    after = around(rig)
    facts["new"] = {what: sorted(after[what] - before[what]) for what in after}


def around(rig):
    """Other images, files that are nobody's to keep, and processes of the plug-in."""
    kept = (rig / "data", rig / "cfg")  # recipes are kept on purpose; GIMP keeps settings
    places = [*Path("/tmp").rglob("*"), *Path("/dev/shm").glob("*"), *rig.rglob("*")]
    files = {str(p) for p in places if p.is_file() and not any(k in p.parents for k in kept)}
    return {
        "images": {one.get_id() for one in bench.Gimp.get_images()},
        "files": {name for name in files if "swap" not in name},
        "processes": set(running()),
    }


def running():
    """Processes of the plug-in that do not end by themselves."""
    deadline = time.monotonic() + 20
    while True:
        lines = (_read(place) for place in Path("/proc").glob("[0-9]*/cmdline"))
        found = [line for line in lines if "plug-ins/pullbrush/pullbrush.py" in line]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def _read(place):
    try:
        return place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
