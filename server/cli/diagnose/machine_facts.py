# SPDX-License-Identifier: Apache-2.0
"""What `pullbrush doctor` can find out about this machine without starting anything of ours."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from protocol.plugin.saying import size
from server.worker.threads import compute_threads

State = Literal["ok", "note", "missing"]

PACKAGES = (
    *("torch", "diffusers", "transformers", "safetensors", "numpy", "pillow", "pyzmq", "msgpack"),
    *("typer", "rich", "platformdirs", "tifffile", "imagecodecs"),
)
HOSTS = {
    "Krita": (("krita",), "org.kde.krita"),
    "GIMP": (("gimp-3.0", "gimp-3", "gimp"), "org.gimp.GIMP"),
}
NO_HOST = "Not needed. Once {name} is here: pullbrush install {program}."
# In a process of its own: a torch that cannot load must not take the doctor with it.
ASK_TORCH = """
import json, torch
cuda = torch.cuda.is_available()
mps = torch.backends.mps.is_available()
print(json.dumps({
    "version": torch.__version__,
    "device": "cuda" if cuda else "mps" if mps else "cpu",
    "name": torch.cuda.get_device_name(0) if cuda else "",
    "bytes": torch.cuda.get_device_properties(0).total_memory if cuda else 0,
}))
"""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of the doctor: what was looked at, how it is, and what to do when it is not well."""

    topic: str
    name: str
    state: State
    text: str
    hint: str = ""


def python_facts() -> list[Fact]:
    """The interpreter, and the libraries the engine cannot do without."""
    good = sys.version_info >= (3, 11)
    facts = [
        Fact(
            topic="python",
            name="Python",
            state="ok" if good else "missing",
            text=f"{platform.python_version()}, {sys.executable}",
            hint="" if good else "The engine needs Python 3.11 or newer.",
        )
    ]
    absent: list[str] = []
    for name in PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            absent.append(name)
    facts.append(
        Fact(
            topic="python",
            name="libraries",
            state="missing" if absent else "ok",
            text=f"missing: {', '.join(absent)}" if absent else f"all {len(PACKAGES)} are there",
            hint="Install them with: pip install -c constraints.txt -e ." if absent else "",
        )
    )
    return facts


def torch_facts(timeout: float = 120.0) -> list[Fact]:
    """torch's own word about version, device and threads."""
    try:
        asked = subprocess.run(  # noqa: S603 (our own interpreter, fixed text)
            [sys.executable, "-c", ASK_TORCH],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [_torch_fails(f"did not load within {timeout:.0f} s")]
    if asked.returncode != 0:
        last = (asked.stderr.strip().splitlines() or ["no message"])[-1]
        return [_torch_fails(f"cannot be loaded: {last}")]
    said = json.loads(asked.stdout.strip().splitlines()[-1])
    memory = f", {size(said['bytes'])}" if said["bytes"] else ""
    device = f"{said['device']} {said['name']}".strip() + memory
    hint = "" if said["device"] != "cpu" else "With a GPU, install a torch build for it (README)."
    return [
        Fact(topic="device", name="torch", state="ok", text=said["version"]),
        Fact(topic="device", name="device", state="ok", text=device, hint=hint),
        Fact(topic="device", name="threads", state="ok", text=f"{compute_threads()} for computing"),
    ]


def _torch_fails(text: str) -> Fact:
    hint = "Plans and warps work without it; install it with: pip install -c constraints.txt torch"
    return Fact(topic="device", name="torch", state="missing", text=text, hint=hint)


def machine_facts() -> list[Fact]:
    """Cores and memory, with a word when the memory is short."""
    total, free = memory()
    if total is None or free is None:
        memory_fact = Fact(topic="machine", name="memory", state="note", text="unknown here")
    else:
        short = free < 2 << 30
        memory_fact = Fact(
            topic="machine",
            name="memory",
            state="note" if short else "ok",
            text=f"{size(free)} free of {size(total)}",
            hint="The bundled models want about 2 GB; close something." if short else "",
        )
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return [Fact(topic="machine", name="system", state="ok", text=system), memory_fact]


def memory() -> tuple[int | None, int | None]:
    """Bytes of memory: all, and what could be taken now; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
        return found["MemTotal"], found["MemAvailable"]
    except (OSError, KeyError, ValueError, IndexError):
        pass
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return os.sysconf("SC_PHYS_PAGES") * page, os.sysconf("SC_AVPHYS_PAGES") * page
    except (AttributeError, OSError, ValueError):
        return None, None


def host_facts() -> list[Fact]:
    """Paint programs on this machine, installed as usual or as Flatpak."""
    facts: list[Fact] = []
    for name, (commands, flatpak) in HOSTS.items():
        found = next(filter(None, map(shutil.which, commands)), None)
        if found:
            text = f"{_version_of(found)} ({found})"
        elif (Path.home() / ".var" / "app" / flatpak).is_dir():
            text = f"as Flatpak ({flatpak})"
        else:
            text = ""
        hint = "" if text else NO_HOST.format(name=name, program=name.lower())
        state: State = "ok" if text else "note"
        facts.append(
            Fact(topic="hosts", name=name, state=state, text=text or "not found", hint=hint)
        )
    return facts


def _version_of(program: str) -> str:
    """What `PROGRAM --version` says in its first line."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    try:
        said = subprocess.run(  # noqa: S603 (a program found on PATH under its well-known name)
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "version unknown"
    lines = said.stdout.strip().splitlines()
    return lines[0] if lines else "version unknown"
