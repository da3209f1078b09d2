# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install krita|gimp` and `pullbrush uninstall …`: every step is shown, and can be taken back."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from protocol.plugin.launch import FILE, write_command
from server.cli.problem import FAILED, Problem
from server.files import FileError
from server.files.atomic import write_atomically

from .file_placement import put_plugin, remove_plugin, say_kept
from .gimp import install_gimp, uninstall_gimp
from .krita_folders import Place, places, portable
from .krita_python import SENTENCES, examine
from .plugin_files import KRITA, krita_files
from .sandbox import describe, grant, revoke

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
        print(f"  {len(files) - 1} files into {pykrita / KRITA} (an older Pullbrush is replaced)")
        print(f"  shortcuts into {action}")
        print(f"  {SWITCH}=true into {place.settings}")
        if place.sandbox is None:
            print(f"  how to start the engine into {pykrita / FILE}")
        else:
            print("\n".join(f"  {line}" for line in describe(place.sandbox)))
        if not dry:
            say_kept(put_files(place, files))
            switch(place.settings, on=True)
            if place.sandbox is None:
                write_command(pykrita, engine_command())
            else:
                grant(place.sandbox)
    finding = examine()
    if finding in ("hidden", "missing"):
        print(f"Note for Krita: {SENTENCES[finding]}.")
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
        folder, *single = _ours(place)
        for path in (folder, *single):
            if path.exists():
                print(f"  removes {path}")
        print(f"  {SWITCH} out of {place.settings}")
        if not dry:
            say_kept(remove_plugin(folder))
            for path in single:
                path.unlink(missing_ok=True)
            if place.sandbox is not None:
                revoke(place.sandbox)
            switch(place.settings, on=None)
    print("Nothing was changed." if dry else "Done. Layers and documents stay as they are.")


def put_files(place: Place, files: dict[str, bytes]) -> list[Path]:
    """Write the plug-in's files where this Krita looks for them; returns what is not ours there and stays."""
    pykrita = place.resources / "pykrita"
    start = f"{KRITA}/"
    own = {name.removeprefix(start): data for name, data in files.items() if name.startswith(start)}
    kept = put_plugin(pykrita / KRITA, own)
    for name, data in files.items():
        if not name.startswith(start):
            folder = place.resources / "actions" if name.endswith(".action") else pykrita
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return kept


def switch(settings: Path, *, on: bool | None) -> None:
    """Switch the plug-in on or off in Krita's settings, or take its line out; other lines stay as they are.

    Raises Problem when the settings cannot be written; they are as before then.
    """
    place = settings.resolve()  # the artist's settings may be a link to where they are kept
    there = place.exists()
    lines = place.read_bytes().decode("utf-8", "surrogateescape").splitlines() if there else []
    lines = [line for line in lines if not line.startswith(f"{SWITCH}=")]
    if on is not None:
        if GROUP not in lines:
            lines += ["", GROUP] if lines else [GROUP]
        lines.insert(lines.index(GROUP) + 1, f"{SWITCH}={'true' if on else 'false'}")
    if not lines and not there:
        return
    mode = stat.S_IMODE(place.stat().st_mode) if there else 0o600
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with write_atomically(place) as stream:
            stream.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    except FileError as problem:
        raise Problem(
            f"Krita's settings {settings} are as they were: {problem}.", code=FAILED
        ) from None
    place.chmod(mode)


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
