# SPDX-License-Identifier: Apache-2.0
"""Runs the script that the guide shows, as it stands there, in the folder where its files are."""

import os
from pathlib import Path

import bench


def run(facts, args):
    folder = Path(args["rig"])
    os.chdir(folder)
    exec(compile(args["text"], "the guide's script", "exec"), {})
    image = bench.load(folder / "out.xcf")
    facts["names"] = bench.names(image)
    (layer, _) = image.get_layers()
    facts["rect"] = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    (folder / "documented.rgba").write_bytes(bench.pixels(layer))
