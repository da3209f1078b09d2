# SPDX-License-Identifier: Apache-2.0
"""What a plug-in consists of: its own files, its own copy of `protocol/`, and msgpack in pure Python.

A paint program's Python is shared by all its plug-ins, so everything lies inside the plug-in's package: nothing of
another plug-in can take its place, and nothing of ours theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
KRITA = "pullbrush"
GIMP = "pullbrush"
GIMP_SCRIPT = f"{GIMP}/{GIMP}.py"
"""What GIMP starts: in a folder of its own name, and executable."""
MSGPACK = ("__init__.py", "exceptions.py", "ext.py", "fallback.py")
BESIDE = (".py", ".html", ".json", ".css", ".png", ".svg")


def krita_files() -> dict[str, bytes]:
    """All files of the Krita plug-in by their place below `pykrita/`, sorted; the action file by its bare name."""
    own = ROOT / "plugin_krita"
    files = {
        f"{KRITA}{kind}": (own / f"{KRITA}{kind}").read_bytes() for kind in (".desktop", ".action")
    }
    files |= {f"{KRITA}/{name}": data for name, data in _package(own / KRITA).items()}
    return dict(sorted(files.items()))


def gimp_files() -> dict[str, bytes]:
    """All files of the GIMP plug-in by their place below `plug-ins/`, sorted; the script must be executable."""
    files = _package(ROOT / "plugin_gimp" / GIMP)
    return {f"{GIMP}/{name}": data for name, data in sorted(files.items())}


def _package(own: Path) -> dict[str, bytes]:
    """A plug-in's own files and all that it carries, by their place in its folder."""
    files = {
        path.relative_to(own).as_posix(): path.read_bytes() for path in _below(own, skip="protocol")
    }
    for path in _below(ROOT / "protocol"):
        files[f"protocol/{path.relative_to(ROOT / 'protocol').as_posix()}"] = path.read_bytes()
    files |= {f"_vendor/{name}": data for name, data in _vendored().items()}
    files |= {f"LICENSES/{name}": data for name, data in _licenses().items()}
    return files


def _below(folder: Path, skip: str = "") -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if (
            path.is_file()
            and path.suffix in BESIDE
            and parts[0] != skip
            and "__pycache__" not in parts
        ):
            yield path


def _vendored() -> dict[str, bytes]:
    """msgpack without its compiled half: it then works in pure Python by itself."""
    found = util.find_spec("msgpack")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent
    files = {f"msgpack/{name}": (folder / name).read_bytes() for name in MSGPACK}
    return {"__init__.py": b"", **files}


def _licenses() -> dict[str, bytes]:
    """The texts that must go with the files."""
    texts = {
        path.name: path.read_bytes()
        for name in ("Apache-2.0.txt", "GPL-3.0-or-later.txt")
        if (path := ROOT / "LICENSES" / name).exists()
    }
    for file in metadata.files("msgpack") or ():
        if file.name == "COPYING":
            texts["msgpack.txt"] = Path(str(file.locate())).read_bytes()
    return texts
