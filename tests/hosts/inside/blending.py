# SPDX-License-Identifier: Apache-2.0
"""OpenRaster files go through Krita: opened, and exported again with its own merged picture."""

from pathlib import Path

from krita import InfoObject, Krita


def run(facts, args):
    facts["exported"] = []
    app = Krita.instance()
    app.setBatchmode(True)
    yield 100
    for place in sorted(Path(args["folder"]).glob("*.ora")):
        document = app.openDocument(str(place))
        document.setBatchmode(True)
        document.waitForDone()
        yield 50
        out = Path(args["out"]) / place.name
        if document.exportImage(str(out), InfoObject()):
            facts["exported"].append(place.stem)
        document.waitForDone()
        yield 450  # see `bench.REST`
        document.close()
        yield 50
