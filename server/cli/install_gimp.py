# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install gimp` and `pullbrush uninstall gimp`: a folder of its own below each GIMP's `plug-ins`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from protocol.plugin.launch import FILE, write_command

from .gimp_folders import GimpPlace, gimp_places, named
from .plugin_files import GIMP, GIMP_SCRIPT, gimp_files
from .problem import FAILED, Problem


def install_gimp(folder: Path | None, command: Sequence[str], *, dry: bool) -> None:
    """Put the plug-in into every GIMP there is; `command` starts the engine. Raises Problem."""
    for place in _chosen(folder):
        files = gimp_files()
        print(f"{place.what}: {place.settings}")
        print(f"  {len(files)} files into {place.plug_ins / GIMP} (what was there is replaced)")
        if place.sandboxed:
            print("  This GIMP cannot start the engine: run `pullbrush serve` yourself.")
        else:
            print(f"  how to start the engine into {place.start_file}")
        if not dry:
            put_gimp_files(place.plug_ins, files)
            (place.plug_ins / FILE).unlink(missing_ok=True)  # where it lay before
            if not place.sandboxed:
                write_command(place.settings, command)
    print(
        "Nothing was changed."
        if dry
        else "Done. Restart GIMP; the menu Filters ▸ Pullbrush is there."
    )


def uninstall_gimp(folder: Path | None, *, dry: bool) -> None:
    """Take back all that `install_gimp` did. Images keep their recipes. Raises Problem."""
    for place in _chosen(folder):
        print(f"{place.what}: {place.settings}")
        for path in (place.plug_ins / GIMP, place.start_file, place.plug_ins / FILE):
            if path.exists():
                print(f"  removes {path}")
                if not dry:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    print("Nothing was changed." if dry else "Done. Layers and images stay as they are.")


def put_gimp_files(plug_ins: Path, files: dict[str, bytes]) -> None:
    """Write the plug-in's files; GIMP takes only a script that is executable."""
    if (plug_ins / GIMP).exists():
        shutil.rmtree(plug_ins / GIMP)
    for name, data in files.items():
        target = plug_ins / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (plug_ins / GIMP_SCRIPT).chmod(0o755)


def _chosen(folder: Path | None) -> list[GimpPlace]:
    if folder is not None:
        if not folder.is_dir():
            raise Problem(
                f"There is no folder {folder}. In GIMP: Edit ▸ Preferences ▸ Folders ▸ Plug-ins shows it."
            )
        return [named(folder.resolve())]
    found = gimp_places()
    if not found:
        raise Problem(
            "No GIMP 3 was found for this user. Start GIMP once, or name its folder with --folder "
            "(GIMP shows it in Edit ▸ Preferences ▸ Folders ▸ Plug-ins).",
            code=FAILED,
        )
    return found
