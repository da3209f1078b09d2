# SPDX-License-Identifier: Apache-2.0
"""The panel as the menu opens it: a procedure in a process of its own, that ends when its window is closed.

What was done last in the image is what GIMP keeps then, for “run with last values”.
"""

import subprocess
import threading
import time
from pathlib import Path

import bench
import screen
from gi.repository import Gimp

WINDOW = ("search", "--onlyvisible", "--name", "^Pullbrush$")
KEPT = 4.0
"""Seconds the window stays open, in which it finds the engine."""
VALUES = {"drags": "120,90:150,80 40,200:60,190", "method": "warp", "seed": "5", "grow": 3}


def run(facts, args):
    image = screen.open_picture(args["picture"])
    layers = image.get_layers()
    facts["done"], _, (done, _), _ = bench.call("pullbrush-drag", image, layers, **VALUES)
    image.set_selected_layers(layers)
    watcher = threading.Thread(target=watch, args=(facts, Path(args["rig"])), daemon=True)
    watcher.start()  # it never talks to GIMP: one thread only may
    began = time.monotonic()
    facts["status"] = call("pullbrush-drag", image)
    facts["open_for"] = time.monotonic() - began
    watcher.join(30)
    status, message, results, _ = bench.call("pullbrush-drag", image, layers, mode="WITH_LAST_VALS")
    facts["with_last"] = [status, message]
    facts["same"] = bool(results) and bench.digest(results[0]) == bench.digest(done)
    facts["layers"] = [layer.get_name() for layer in image.get_layers()]
    facts["words"] = [bool(Gimp.get_parasite(name)) for name in ("pullbrush-panel-here",)]


def call(name, image):
    """Run a procedure as the menu does."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", image.get_selected_layers())
    return procedure.run(config).index(0).value_nick


def watch(facts, rig):
    """Wait for the window, keep it for a while, close it as its own button does."""
    facts["window"] = ""
    deadline = time.monotonic() + 120
    while not facts["window"] and time.monotonic() < deadline:
        facts["window"] = ask(*WINDOW)
        time.sleep(0.2)
    time.sleep(KEPT)
    facts["processes"] = int(subprocess.getoutput("pgrep -c -f plug-ins/pullbrush/pullbrush.py"))
    ask("windowactivate", "--sync", facts["window"], "key", "alt+F4")
    (rig / "closed").touch()


def ask(*words):
    """What xdotool says."""
    done = subprocess.run(["xdotool", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip().partition("\n")[0]
