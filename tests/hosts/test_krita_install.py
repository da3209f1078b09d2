# SPDX-License-Identifier: Apache-2.0
"""The zip through Krita's own importer, and beside a plug-in that brings a top-level `protocol` of its own."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import pytest

from server.cli.installing.install import switch
from server.cli.installing.plugin_files import krita_files
from server.cli.installing.plugin_zip import write_zip

pytestmark = pytest.mark.host_krita
DECOY = """
import sys
import protocol
import msgpack
MARK = (protocol.WHOSE, msgpack.WHOSE)
"""


def test_kritas_importer_takes_the_zip_and_the_plug_in_loads(screen: str, tmp_path: Path) -> None:
    zip_file = write_zip(tmp_path / "pullbrush-krita.zip", krita_files())
    with krita_rig.rig(screen, plugin=False) as rig:
        facts = rig.run("importer", zip=str(zip_file)).check()
        assert facts["imported"] == ["pullbrush"]
        assert all(facts[what] for what in ("there", "vendored", "action", "desktop"))
        switch(rig.place.settings, on=True)
        loaded = rig.run("loads").check()
        assert loaded["problems"] == []
        assert loaded["action"]
        again = rig.run("importer", zip=str(zip_file)).check()
        assert again["asked"] == ["pullbrush"], "an update asks first"


def test_beside_a_plug_in_with_its_own_protocol(screen: str) -> None:
    with krita_rig.rig(screen) as rig:
        pykrita = rig.place.resources / "pykrita"
        for name in ("protocol", "msgpack"):
            (pykrita / f"{name}.py").write_text(f"WHOSE = 'the decoy {name}'\n")
        decoy = pykrita / "aaa_decoy"
        decoy.mkdir()
        (decoy / "__init__.py").write_text(DECOY)
        desktop = (pykrita / "pullbrush.desktop").read_text()
        (pykrita / "aaa_decoy.desktop").write_text(
            desktop.replace("X-KDE-Library=pullbrush", "X-KDE-Library=aaa_decoy")
            .replace("Name=Pullbrush", "Name=Decoy")
            .replace("X-Krita-Manual=Manual.html\n", "")
        )
        text = rig.place.settings.read_text()
        rig.place.settings.write_text(text.replace("[python]", "[python]\nenable_aaa_decoy=true"))
        facts = rig.run("loads").check()
    assert facts["problems"] == []
    assert facts["protocol"]
    assert facts["msgpack"] == "pullbrush._vendor.msgpack.fallback"
    assert facts["top_level"], "the decoy was not loaded, so this shows nothing"
    assert facts["decoy"] == ["the decoy protocol", "the decoy msgpack"]
