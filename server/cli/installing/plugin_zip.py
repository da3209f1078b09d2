# SPDX-License-Identifier: Apache-2.0
"""`make zips`: the plug-ins as the paint programs import them, byte for byte the same from the same sources."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from .plugin_files import GIMP, GIMP_SCRIPT, KRITA, gimp_files, krita_files

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a zip can name: when a file was written is no property of the sources."""


def write_zip(place: Path, files: dict[str, bytes], executable: str = "") -> Path:
    """Write files and their folders; Krita's importer finds no plug-in without the entry of its folder."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folders = {
        str(parent) + "/" for name in files for parent in Path(name).parents if str(parent) != "."
    }
    with zipfile.ZipFile(place, "w") as archive:
        for name in sorted({*folders, *files}):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3  # the same attributes on every system
            mode = 0o100755 if name == executable else 0o100644
            info.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else mode << 16
            info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
            archive.writestr(info, files.get(name, b""), compresslevel=9)
    return place


def main() -> None:
    """Build all zips into the folder that is named, `dist` by default."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
    print(write_zip(folder / f"{KRITA}-krita.zip", krita_files()))
    print(write_zip(folder / f"{GIMP}-gimp.zip", gimp_files(), GIMP_SCRIPT))


if __name__ == "__main__":
    main()
