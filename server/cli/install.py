# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install krita|gimp` and `pullbrush uninstall …`: every step is shown, and can be taken back."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from protocol.plugin.launch import FILE, write_command

from .install_gimp import install_gimp, uninstall_gimp
from .krita_folders import Place, places, portable
from .plugin_files import KRITA, krita_files
from .problem import FAILED, Problem

SWITCH = f"enable_{KRITA}"
GROUP = "[python]"


def engine_command() -> list[str]:
    """How to start the engine from anywhere: this interpreter, away from whatever folder it is started in."""
    return [sys.executable, "-P", "-m", "server"]


def install(program: str, folder: Path | None, *, dry: bool) -> None:
    """Put the plug-in into every Krita or GIMP there is. Raises Problem."""
    if program == "gimp":
        install_gimp(folder, engine_command(), dry=dry)
        return
    for place in _chosen(program, folder):
        print(f"{place.what}: {place.resources}")
        files = krita_files()
        pykrita = place.resources / "pykrita"
        action = place.resources / "actions" / f"{KRITA}.action"
        print(f"  {len(files) - 1} files into {pykrita / KRITA} (what was there is replaced)")
        print(f"  shortcuts into {action}")
        print(f"  {SWITCH}=true into {place.settings}")
        if place.sandboxed:
            print("  This Krita cannot start the engine: run `pullbrush serve` yourself.")
        else:
            print(f"  how to start the engine into {pykrita / FILE}")
        if not dry:
            put_files(place, files)
            switch(place.settings, on=True)
            if not place.sandboxed:
                write_command(pykrita, engine_command())
    print(
        "Nothing was changed." if dry else "Done. Restart Krita; the docker “Pullbrush” is there."
    )


def uninstall(program: str, folder: Path | None, *, dry: bool) -> None:
    """Take back all that `install` did. Documents keep their recipes. Raises Problem."""
    if program == "gimp":
        uninstall_gimp(folder, dry=dry)
        return
    for place in _chosen(program, folder):
        print(f"{place.what}: {place.resources}")
        for path in _ours(place):
            if path.exists():
                print(f"  removes {path}")
                if not dry:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        print(f"  {SWITCH} out of {place.settings}")
        if not dry:
            switch(place.settings, on=None)
    print("Nothing was changed." if dry else "Done. Layers and documents stay as they are.")


def put_files(place: Place, files: dict[str, bytes]) -> None:
    """Write the plug-in's files where this Krita looks for them."""
    pykrita = place.resources / "pykrita"
    if (pykrita / KRITA).exists():
        shutil.rmtree(pykrita / KRITA)
    for name, data in files.items():
        target = place.resources / "actions" / name if name.endswith(".action") else pykrita / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def switch(settings: Path, *, on: bool | None) -> None:
    """Switch the plug-in on or off in Krita's settings, or take its line out; other lines stay as they are."""
    lines = settings.read_text(encoding="utf-8").splitlines() if settings.exists() else []
    lines = [line for line in lines if not line.startswith(f"{SWITCH}=")]
    if on is not None:
        if GROUP not in lines:
            lines += ["", GROUP] if lines else [GROUP]
        lines.insert(lines.index(GROUP) + 1, f"{SWITCH}={'true' if on else 'false'}")
    if lines or settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _ours(place: Place) -> list[Path]:
    pykrita = place.resources / "pykrita"
    names = (KRITA, f"{KRITA}.desktop", FILE)
    return [*(pykrita / name for name in names), place.resources / "actions" / f"{KRITA}.action"]


def _chosen(program: str, folder: Path | None) -> list[Place]:
    if program != "krita":
        raise Problem(f"There is no plug-in for “{program}”; there are krita and gimp.")
    if folder is not None:
        if not folder.is_dir():
            raise Problem(
                f"There is no folder {folder}. In Krita: Settings ▸ Manage Resources shows it."
            )
        return [portable(folder.resolve())]
    found = places()
    if not found:
        raise Problem(
            "No Krita was found for this user. Start Krita once, or name its resource folder "
            "with --folder (Krita shows it in Settings ▸ Manage Resources).",
            code=FAILED,
        )
    return found
