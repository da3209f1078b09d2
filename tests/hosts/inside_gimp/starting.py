# SPDX-License-Identifier: Apache-2.0
"""No engine runs: the plug-in starts the one that was installed with it, by procedure as from the panel."""

import json
import time
from pathlib import Path

import bench


def run(facts, args):
    image = bench.load(args["picture"])
    (base,) = image.get_layers()
    session = Path(args["rig"]) / "session.json"
    facts["there_before"] = session.exists()
    facts["calls"] = []
    for _ in range(2):
        began = time.monotonic()
        status, message, results, _ = bench.call("pullbrush-drag", image, [base], **args["values"])
        facts["calls"].append([status, message, round(time.monotonic() - began, 1)])
        engine = json.loads(session.read_text())["engine_id"]
        facts.setdefault("engines", []).append(engine)
        facts.setdefault("digests", []).append(bench.digest(results[0]))
    facts["names"] = bench.names(image)
