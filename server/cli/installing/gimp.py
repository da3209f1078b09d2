# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install gimp` and `pullbrush uninstall gimp`: a folder of its own below each GIMP's `plug-ins`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from protocol.plugin.launch import FILE, write_command
from server.cli.problem import FAILED, Problem

from .file_placement import put_plugin, remove_plugin, say_kept
from .gimp_folders import GimpPlace, gimp_places, named
from .plugin_files import GIMP, GIMP_SCRIPT, gimp_files
from .sandbox import describe, grant, revoke


def install_gimp(folder: Path | None, command: Sequence[str], *, dry: bool) -> None:
    """Put the plug-in into every GIMP there is; `command` starts the engine. Raises Problem."""
    for place in _chosen(folder):
        files = gimp_files()
        print(f"{place.what}: {place.settings}")
        print(f"  {len(files)} files into {place.plug_ins / GIMP} (an older Pullbrush is replaced)")
        if place.sandbox is None:
            print(f"  how to start the engine into {place.start_file}")
        else:
            print("\n".join(f"  {line}" for line in describe(place.sandbox)))
        if not dry:
            say_kept(put_gimp_files(place.plug_ins, files))
            (place.plug_ins / FILE).unlink(missing_ok=True)  # where it lay before
            if place.sandbox is None:
                write_command(place.settings, command)
            else:
                grant(place.sandbox)
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
            say_kept(remove_plugin(place.plug_ins / GIMP))
            for path in (place.start_file, place.plug_ins / FILE):
                path.unlink(missing_ok=True)
            if place.sandbox is not None:
                revoke(place.sandbox)
    print("Nothing was changed." if dry else "Done. Layers and images stay as they are.")


def put_gimp_files(plug_ins: Path, files: dict[str, bytes]) -> list[Path]:
    """Write the plug-in's files; GIMP takes only a script that is executable. Returns what is not ours and stays."""
    own = {name.removeprefix(f"{GIMP}/"): data for name, data in files.items()}
    kept = put_plugin(plug_ins / GIMP, own)
    (plug_ins / GIMP_SCRIPT).chmod(0o755)
    return kept


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
