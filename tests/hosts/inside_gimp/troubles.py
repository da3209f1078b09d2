# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: no engine, one that is killed, an image that is closed, arguments that mean nothing."""

import time
from pathlib import Path

import bench
import quickly
import tables

MODEL = {"method": "guided", "preset": "quick"}


def run(facts, args):
    for name in args["wanted"]:
        facts[name] = globals()[name](Path(args["rig"]))


def paper():
    image = bench.new_image(*tables.SIZE)
    layer = bench.add_layer(image, "Paper", tables.SIZE)
    bench.fill(layer, tables.picture(), tables.SCREEN)
    return image, layer


def no_engine(_rig):
    """By procedure, as an artist meets it; and how long it took besides starting a program."""
    image, layer = paper()
    said = bench.call("pullbrush-drag", image, [layer], drags="40,32:52,30")
    with quickly.worker() as worker:
        began = time.monotonic()
        why = quickly.why_not(worker.wait_for_engine)
        waited = time.monotonic() - began
    return {
        "status": said[0], "message": said[1], "seconds": said[3], "why": why, "waited": waited,
        "names": bench.names(image),
    }  # fmt: skip


def arguments(_rig):
    """Each call's status and sentence; the image stays as it was."""
    image, layer = paper()
    cases = {
        "nothing": {},
        "nonsense": {"drags": "over there"},
        "odd_numbers": {"points": [1.0, 2.0, 3.0]},
        "only_a_pin": {"drags": "40,32"},
        "twice": {"drags": "40,32:50,30 40,32:45,30"},
        "bad_seed": {"drags": "40,32:50,30", "seed": "minus one"},
        "no_model": {"drags": "40,32:50,30", "model": "elsewhere"},
    }
    found = {k: bench.call("pullbrush-drag", image, [layer], **v)[:2] for k, v in cases.items()}
    found["not_ours"] = bench.call("pullbrush-edit-again", image, [layer])[:2]
    found["no_json"] = bench.call("pullbrush-repeat-last", image, [layer], settings="seed=3")[:2]
    numbers = bench.call(
        "pullbrush-drag", image, [layer], points=[40.0, 32.0, 52.0, 30.0], preset="quick"
    )
    found["numbers"] = numbers[:2]
    text = bench.call("pullbrush-diagnostics", image, [layer])
    return {
        "said": found, "names": len(image.get_layers()), "diagnostics": text[2][0],
        "last": last(image),
    }  # fmt: skip


def last(image):
    """What was done last, as GIMP would keep it for “run with last values”."""
    from pullbrush import commands
    from pullbrush.entries import entries
    from pullbrush.host import Image
    from pullbrush.language import strings

    entry = entries(strings())["pullbrush-drag"]
    config = bench.Gimp.get_pdb().lookup_procedure(entry.name).create_config()
    for name, value in commands.last_values(entry, Image(image)).items():
        config.set_property(name, value)
    return [config.get_property(name) for name in ("drags", "preset", "seed", "grow", "feather")]


def closed(_rig):
    """The image goes while the engine computes."""
    image, layer = paper()

    def say(_text, share):
        if share is not None and image.is_valid():
            image.delete()

    with quickly.worker(say) as worker:
        return {"why": quickly.why_not(quickly.drag, worker, image, layer, **MODEL)}


def killed(rig):
    """The engine is killed by the test outside, and does not come back."""
    image, layer = paper()

    def say(_text, share):
        if share is not None:
            (rig / "kill").touch()

    with quickly.worker(say) as worker:
        why = quickly.why_not(quickly.drag, worker, image, layer, **MODEL)
    return {"why": why, "names": bench.names(image), "steps": image.is_dirty()}


def killed_and_back(rig):
    """The engine is killed and started anew, as a plug-in that may start it does: the job is done all the same."""
    image, layer = paper()

    def say(_text, share):
        if share is not None:
            (rig / "kill").touch()

    with quickly.worker(say) as worker:
        first = quickly.drag(worker, image, layer, **MODEL)
        second = quickly.drag(worker, image, layer, **MODEL)
    return {"same": bench.pixels(first) == bench.pixels(second), "names": len(image.get_layers())}
