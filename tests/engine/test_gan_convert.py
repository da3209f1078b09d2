# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of others: what is in them is read, and nothing in them is run."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from patience import PATIENCE_S
from pickled_things import Calls, Persistent, easy, nvidia, pickled, rosinality, saved
from rounding import assert_same, assert_same_weights
from test_gan_generator import TINY, latent, tiny

from server.engine.api import EngineError
from server.engine.gan.conversion.checkpoint import read_checkpoint
from server.engine.gan.conversion.convert import answer
from server.engine.models.converting import convert_checkpoint
from server.engine.models.generator_files import is_generator
from server.engine.models.stylegan2 import load_generator

SMALL = replace(TINY, channels=(8, 8, 4), clamp=256.0)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pickle leaves behind, if it runs, is found here."""
    monkeypatch.chdir(tmp_path)


def here(content: bytes, tmp_path: Path) -> dict[str, Any]:
    """What the converter says of a file, in this process, where running something would be noticed."""
    place = tmp_path / "checkpoint"
    place.write_bytes(content)
    with place.open("rb") as source, (tmp_path / "written").open("wb") as out:
        return answer(source, len(content), out)


def refused(content: bytes, tmp_path: Path) -> str:
    said = here(content, tmp_path)
    assert set(said) == {"refused"}, said
    assert not (tmp_path / "unpickled").exists()
    return said["refused"]


GOOD = {
    "nvidia": lambda g: pickled(nvidia(g)),
    "nvidia, protocol 2": lambda g: pickled(nvidia(g), 2),
    "nvidia, protocol 5": lambda g: pickled(nvidia(g), 5),
    "rosinality": lambda g: saved(rosinality(g)),
    "rosinality, older": lambda g: saved(rosinality(g), new=False),
    "plain table": lambda g: saved(g.state_dict()),
    "plain table, older": lambda g: saved({"generator": g.state_dict()}, new=False),
}  # fmt: skip


@pytest.mark.parametrize("packing", GOOD)
def test_the_same_pictures_come_out(packing: str, tmp_path: Path) -> None:
    generator = tiny(SMALL)
    file = tmp_path / ("network.pkl" if "nvidia" in packing else "network.pt")
    file.write_bytes(GOOD[packing](generator))
    place = convert_checkpoint(file, tmp_path / "models", license_note="mine")
    loaded = load_generator(place)
    assert place == tmp_path / "models" / "network"
    assert is_generator(place)
    ws = latent(generator)
    assert_same(loaded.generator.synthesis(ws), generator.synthesis(ws))
    z = torch.ones(1, 8)
    assert_same(loaded.generator.mapping(z), generator.mapping(z))
    weights, stored = loaded.generator.state_dict(), generator.state_dict()
    if "rosinality" in packing:  # which stores kernels times the root of their size
        kernels = {name for name in stored if "conv" in name and name.endswith("weight")}
        for name in kernels:
            assert_same(weights.pop(name), stored.pop(name))
    assert_same_weights(weights, stored)
    source = json.loads((place / "config.json").read_text(encoding="utf-8"))["source"]
    assert source["license"] == "mine"
    assert len(source["sha256"]) == 64
    assert source["file"] == file.name
    assert not (tmp_path / "unpickled").exists()


def test_what_shapes_do_not_say_is_read_from_the_modules(tmp_path: Path) -> None:
    for clamp in (None, 256.0, 12.5):
        said = here(pickled(nvidia(tiny(SMALL), clamp=clamp)), tmp_path)
        assert said["generator"]["clamp"] == clamp
        assert said["layout"] == "nvidia"
    assert here(saved(rosinality(tiny(SMALL))), tmp_path)["generator"]["clamp"] is None


def test_older_rosinality_files_without_noise_get_the_same_every_time(tmp_path: Path) -> None:
    content = saved(rosinality(tiny(SMALL), noises=False))
    written = []
    for _ in range(2):
        assert "generator" in here(content, tmp_path)
        written.append((tmp_path / "written").read_bytes())
    assert written[0] == written[1]


def attacks() -> dict[str, tuple[bytes, str]]:
    """Pickles that run something when they are unpickled, with the name by which each is refused."""
    network = nvidia(tiny(SMALL))
    evil = {
        "system": (Calls(os.system, "touch unpickled"), f"{os.name}.system"),
        "popen": (Calls(subprocess.Popen, "touch unpickled"), ".Popen"),
        "eval": (Calls(eval, "open('unpickled', 'w')"), ".eval"),
        "exec": (Calls(exec, "open('unpickled', 'w')"), ".exec"),
        "open": (Calls(builtins.open, "unpickled", "w"), ".open"),
        "getattr": (Calls(getattr, "x", "upper"), ".getattr"),
        "import": (Calls(__import__, "os"), ".__import__"),
        "path": (Path("unpickled"), "pathlib"),
        "numpy array": (np.zeros(3), "_reconstruct"),
        "torch.load": (Calls(torch.load, "x"), "torch"),  # noqa: TID251
        "a module": (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
    }
    packed: dict[str, tuple[bytes, str]] = {}
    for name, (value, said) in evil.items():
        packed[f"{name}, alone"] = pickled(value), said
        packed[f"{name}, in a network"] = pickled(network | {"G": value}), said
        packed[f"{name}, in a state"] = pickled({"G_ema": Persistent("G", {"x": value})}), said
        packed[f"{name}, zipped"] = saved({"g_ema": {}, "x": value}), said
        packed[f"{name}, older"] = saved({"g_ema": {}, "x": value}, new=False), said
    by_hand = {
        "global": (b"cos\nsystem\n(S'touch unpickled'\ntR.", "os.system"),
        "inst": (b"(S'touch unpickled'\nios\nsystem\n.", "INST"),
        "obj": (b"(cos\nsystem\nS'touch unpickled'\no.", "os.system"),
        "stack": (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0ftouch unpickled\x85R.", "os.system"),
        "extension": (b"\x80\x02\x82\x01.", "EXT1"),
        "newobj_ex": (b"\x80\x04)}\x92.", "NEWOBJ_EX"),
        "dotted": (b"\x80\x04\x8c\x05torch\x8c\x0enn.os.system.x\x93.", "torch.nn.os.system.x"),
        "ours as a value": (b"\x80\x02ctorch\nSize\n}R.", "calls something"),
        "calling a number": (b"\x80\x02K\x01)R.", "calls something"),
        "attributes": (b"\x80\x02](K\x01K\x02eX\x01\x00\x00\x00ab.", "attributes"),
        "persistent": (b"\x80\x02X\x01\x00\x00\x00aQ.", "outside"),
        "inner": (
            pickled(Calls(torch.storage._load_from_bytes, saved(Calls(os.system, "touch unpickled"), new=False))),
            "system",
        ),
    }  # fmt: skip
    return packed | by_hand


ATTACKS = attacks()


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_would_run_is_refused_by_name(attack: str, tmp_path: Path) -> None:
    content, name = ATTACKS[attack]
    imported = set(sys.modules)
    assert name in refused(content, tmp_path)
    assert set(sys.modules) == imported


def test_source_code_beside_a_network_is_never_run(tmp_path: Path) -> None:
    content = pickled(nvidia(tiny(SMALL)))
    assert b"os.system" in content
    assert "generator" in here(content, tmp_path)
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("packing", GOOD)
def test_truncated_files_are_refused(packing: str, tmp_path: Path) -> None:
    content = GOOD[packing](tiny(SMALL))
    for kept in (
        0,
        1,
        3,
        40,
        len(content) // 3,
        len(content) // 2,
        len(content) - 30,
        len(content) - 1,
    ):
        said = here(content[:kept], tmp_path)
        assert set(said) == {"refused"}, f"{kept} of {len(content)} bytes"


@pytest.mark.parametrize("packing", ["nvidia", "rosinality, older", "rosinality"])
def test_spoiled_bytes_never_do_more_than_be_refused(packing: str, tmp_path: Path) -> None:
    content = bytearray(GOOD[packing](tiny(SMALL)))
    rng = np.random.default_rng(5)
    for place in rng.integers(0, min(len(content), 4000), 150):
        spoiled = content.copy()
        spoiled[place] = rng.integers(256)
        assert set(here(bytes(spoiled), tmp_path)) in ({"refused"}, {"layout", "generator"})


def wrong(**changes: torch.Tensor) -> bytes:
    return pickled(nvidia(tiny(SMALL), **changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"synthesis.b8.conv0.weight": torch.zeros(8, 4, 3, 3)}, "8 x 4 x 3 x 3, not 8 x 8 x 3 x 3"),
        ({"synthesis.b8.conv0.weight": torch.zeros(8, 8, 5, 5)}, "conv0.weight"),
        ({"mapping.w_avg": torch.zeros(3)}, "mapping.fc0.weight"),
        ({"synthesis.b64.conv1.weight": torch.zeros(2, 2, 3, 3)}, "blocks"),
        ({"synthesis.b4.hue": torch.zeros(1)}, "synthesis.b4.hue"),
        ({"mapping.embed.weight": torch.zeros(1, 1)}, "class"),
        ({"synthesis.b8.skip.weight": torch.zeros(1, 1)}, "residual"),
        ({"synthesis.L0_36_512.weight": torch.zeros(1)}, "StyleGAN3"),
        ({"synthesis.b4.torgb.bias": torch.full((3,), torch.nan)}, "b4.torgb.bias"),
        ({"synthesis.b8.resample_filter": torch.ones(4, 4)}, "low-pass"),
    ],
)  # fmt: skip
def test_other_networks_are_refused_with_a_reason(
    changes: dict[str, torch.Tensor], why: str, tmp_path: Path
) -> None:
    assert why in refused(wrong(**changes), tmp_path)


def test_missing_tensors_are_named(tmp_path: Path) -> None:
    state = tiny(SMALL).state_dict()
    del state["synthesis.b8.conv1.bias"]
    assert "synthesis.b8.conv1.bias" in refused(saved(state), tmp_path)
    theirs = rosinality(tiny(SMALL))
    del theirs["g_ema"]["convs.0.activate.bias"]
    assert "convs.0.activate.bias" in refused(saved(theirs), tmp_path)
    assert "latent_avg" in refused(saved({"g_ema": rosinality(tiny(SMALL))["g_ema"]}), tmp_path)


def test_wrong_shapes_in_the_other_layout_are_refused(tmp_path: Path) -> None:
    for name in ("conv1.conv.weight", "input.input", "to_rgbs.0.conv.weight", "conv1.noise.weight"):
        theirs = rosinality(tiny(SMALL))
        theirs["g_ema"][name] = torch.zeros(0, 7)
        assert "shape" in refused(saved(theirs), tmp_path)


@pytest.mark.parametrize("value", [None, 7, [1], {}, {"G_ema": 3}, easy(a=1), torch.zeros(2)])
def test_what_holds_no_generator_is_refused(value: Any, tmp_path: Path) -> None:
    for content in (pickled(value), saved(value), saved(value, new=False)):
        assert "no" in refused(content, tmp_path)


def bombs() -> dict[str, bytes]:
    """Small files that ask for much: memory, time, depth."""
    doubled = b"\x80\x02)" + b"q\x00h\x00\x86" * 60  # a tuple of two of a tuple of two …
    nested = b"".join(b"q" + bytes([i]) for i in range(1))
    storage = torch.zeros(4)
    wide = torch.as_strided(storage, (1 << 30,), (0,))
    return {
        "length": b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"x.",
        "long number": b"\x80\x02\x8b\xff\xff\xff\x7fx.",
        "digits": b"L" + b"9" * 60_000 + b"L\n.",
        "tuples as a key": b"\x80\x02}" + doubled[2:] + b"K\x01s.",
        "deep": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"." + nested,
        "no stop": b"\x80\x02" + b"N0" * 1000,
        "marks": b"\x80\x02(((((.",
        "stretched": saved({"input.input": wide}),
    }


@pytest.mark.parametrize("bomb", bombs())
def test_small_files_cannot_ask_for_much(bomb: str, tmp_path: Path) -> None:
    refused(bombs()[bomb], tmp_path)


def test_tensors_may_not_reach_beyond_their_numbers(tmp_path: Path) -> None:
    content = saved({"input.input": torch.zeros(4)}, new=False)
    at = content.index(b"K\x04\x85")  # the shape (4,)
    for shape in (b"K\x05\x85", b"K\xff\x85"):
        assert "beyond" in refused(content[:at] + shape + content[at + 3 :], tmp_path)


def test_the_process_that_reads_has_neither_network_nor_files(tmp_path: Path) -> None:
    attempts = """
import os, socket, subprocess, sys
from pathlib import Path
from server.engine.gan.conversion.sandbox import confine
confine(1000)
def attempt(what, call):
    try:
        call()
    except PermissionError:
        return
    print('was allowed:', what)
attempt('socket', lambda: socket.socket())
attempt('program', lambda: subprocess.run(['true']))
attempt('system', lambda: os.system('true'))
attempt('fork', lambda: os.fork())
attempt('reading', lambda: open('/etc/hostname'))
attempt('writing', lambda: Path('unpickled').write_text('x'))
attempt('import', lambda: __import__('wave'))
attempt('eval', lambda: eval('1'))
attempt('removing', lambda: os.remove('x'))
attempt('listing', lambda: os.listdir('.'))
print('done')
"""
    done = subprocess.run(
        [sys.executable, "-c", attempts],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.stdout == "done\n", done.stdout + done.stderr
    assert not (tmp_path / "unpickled").exists()


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "evil.pkl"
    file.write_bytes(ATTACKS["system, in a network"][0])
    with pytest.raises(EngineError, match="system"):
        convert_checkpoint(file, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
    assert not (tmp_path / "unpickled").exists()


def test_names_are_checked_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "network.pkl"
    file.write_bytes(pickled(nvidia(tiny(SMALL))))
    models = tmp_path / "models"
    (models / "taken").mkdir(parents=True)
    for name, why in (("../up", "letters"), (".hidden", "letters"), ("taken", "already")):
        with pytest.raises(EngineError, match=why):
            convert_checkpoint(file, models, name=name)
    with pytest.raises(EngineError, match="no file"):
        convert_checkpoint(tmp_path / "not there.pkl", models)
    (tmp_path / "picture.png").write_bytes(b"")
    with pytest.raises(EngineError, match="only"):
        convert_checkpoint(tmp_path / "picture.png", models)


def test_a_folder_that_was_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "network.pkl"
    file.write_bytes(pickled(nvidia(tiny(SMALL))))
    place = convert_checkpoint(file, tmp_path / "models")
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    config["generator"]["channels"] = [8, 8, 8]
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(EngineError, match="Convert the checkpoint again"):
        load_generator(place)
    (place / "config.json").write_text("[]", encoding="utf-8")
    assert not is_generator(place)


def test_reading_keeps_numbers_as_they_are(tmp_path: Path) -> None:
    values = {
        "half": torch.tensor([1.5, -2], dtype=torch.float16),
        "brain": torch.tensor([1.5, -2.25], dtype=torch.bfloat16),
        "whole": torch.arange(6).view(2, 3),
        "turned": torch.arange(6.0).view(2, 3).t(),
        "part": torch.arange(10.0)[3:5],
        "one": torch.tensor(3.0),
    }
    for new in (True, False):
        place = tmp_path / "values"
        place.write_bytes(saved(values, new=new))
        with place.open("rb") as file:
            found = read_checkpoint(file, place.stat().st_size)
            for name, value in values.items():
                assert np.array_equal(found[name].array(), value.float().numpy()), name
