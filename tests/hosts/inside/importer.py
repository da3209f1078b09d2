# SPDX-License-Identifier: Apache-2.0
"""Krita's own importer takes the zip, beside what is there already."""

from pathlib import Path

from krita import Krita


def run(facts, args):
    yield 100
    from plugin_importer.plugin_importer import PluginImporter

    resources = Path(Krita.instance().getAppDataLocation())
    asked = []
    imported = PluginImporter(
        args["zip"], str(resources), lambda plugin: asked.append(plugin["name"]) or True
    ).import_all()
    facts["imported"] = [plugin["name"] for plugin in imported]
    facts["asked"] = asked
    facts["there"] = (resources / "pykrita" / "pullbrush" / "host.py").exists()
    facts["vendored"] = (resources / "pykrita/pullbrush/_vendor/msgpack/fallback.py").exists()
    facts["action"] = (resources / "actions" / "pullbrush.action").exists()
    facts["desktop"] = (resources / "pykrita" / "pullbrush.desktop").exists()
