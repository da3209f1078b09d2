# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back: every message, golden bytes, random messages, without msgpack's compiled half."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import golden_files
import pytest
from hypothesis import given
from patience import PATIENCE_S
from samples import SAMPLES
from strategies import messages

from protocol import codec, limits
from protocol import messages as m
from protocol.errors import ProtocolError
from protocol.messages.results import Phase

HERE = Path(__file__).parent
IDS = [sample.TYPE for sample in SAMPLES]


def test_every_message_has_a_sample_and_a_golden_file():
    assert {type(sample) for sample in SAMPLES} == set(m.MESSAGES)
    files = {path.name.removesuffix(".hex") for path in golden_files.folder().glob("*.hex")}
    assert files == set(m.BY_TYPE)


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_round_trip_of_every_sample(sample: m.Message):
    frames = codec.encode(sample)
    assert frames[0] == b"PBR\x01\x00\x00"
    assert len(frames[1]) <= limits.HEADER_MAX
    assert codec.decode(frames) == sample
    assert codec.decode([memoryview(frame) for frame in frames]) == sample


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_samples_use_every_field(sample: m.Message):
    """So that the golden bytes hold every field at least once."""
    told = sample.to_plain()
    ours = {
        field.name for info in m.catalogue() if info.type == sample.TYPE for field in info.fields
    }
    left_out = {name for name in ours if name not in told}
    # `retryable` and these hold their defaults in the sample on purpose: absent is a form too.
    # These came after the bytes of 1.0 were released, which stay as they are.
    later = {
        "job.preview": {"handles", "placement"},
        "job.progress": {"fraction"},
        "job.planned": {"eta_guessed", "notes"},
        "job.done": {"notes"},
    }
    assert left_out <= {"retryable", "task", "kind"} | later.get(sample.TYPE, set())


def test_a_progress_tells_the_phases_of_the_first_version_only() -> None:
    """A plug-in of 1.0 refuses any other word, and shows that instead of the progress."""
    phases = ("load", "encode", "invert", "edit", "decode", "warp")
    assert get_args(Phase) == phases


def test_what_came_after_the_first_bytes_reads_back() -> None:
    samples = {type(sample): sample for sample in SAMPLES}
    progress = replace(samples[m.JobProgress], fraction=0.25)  # type: ignore[type-var]
    planned = replace(samples[m.JobPlanned], eta_guessed=True)  # type: ignore[type-var]
    preview = replace(samples[m.JobPreview], placement="instead")  # type: ignore[type-var]
    for grown in (progress, planned, preview):
        assert codec.decode(codec.encode(grown)) == grown


def test_a_result_with_notes_reads_back() -> None:
    done = next(sample for sample in SAMPLES if isinstance(sample, m.JobDone))
    note = m.Note(code="words.unknown", message="Not known: “Schloß”.", detail={"words": "Schloß"})
    noted = replace(done, notes=(note, m.Note(code="a")))
    assert codec.decode(codec.encode(noted)) == noted


@pytest.mark.parametrize(
    "path", sorted((HERE / "golden").glob("*/*.hex")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_golden_bytes_are_read(path: Path):
    message = codec.decode(golden_files.to_frames(path.read_text()))
    assert path.stem == message.TYPE


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_golden_bytes_are_written(sample: m.Message):
    text = (golden_files.folder() / f"{sample.TYPE}.hex").read_text()
    assert golden_files.to_text(codec.encode(sample)) == text
    assert codec.decode(golden_files.to_frames(text)) == sample


def test_released_bytes_are_never_rewritten(tmp_path: Path):
    golden = tmp_path / "golden"
    shutil.copytree(golden_files.GOLDEN, golden)
    ping = golden_files.folder(golden) / "ping.hex"
    ping.write_text("00\n")
    (golden / "RELEASED").write_text("")
    assert golden_files.write(golden) == ["ping.hex"]
    (golden / "RELEASED").write_text(golden_files.folder(golden).name)
    assert golden_files.write(golden) == []
    ping.write_text("00\n")
    with pytest.raises(PermissionError, match=r"ping\.hex"):
        golden_files.write(golden)
    assert ping.read_text() == "00\n"


@given(messages())
def test_random_messages_survive(message: m.Message):
    assert codec.decode(codec.encode(message)) == message


def test_unknown_keys_are_passed_over_and_unknown_types_are_named():
    frames = codec.encode(m.Ping(n=1))
    grown = codec.decode_header(frames[1]) | {"later": {"a": [1]}, "n": 2}
    import msgpack

    assert codec.decode([frames[0], msgpack.packb(grown)]) == m.Ping(n=2)
    grown["t"] = "ping.v2"
    with pytest.raises(ProtocolError) as caught:
        codec.decode([frames[0], msgpack.packb(grown)])
    assert caught.value.code == "type.unknown"


def test_later_minor_is_read_and_another_major_is_not():
    head, header = codec.encode(m.Ping(n=1))
    assert codec.decode([b"PBR\x01\x09\x0f", header]) == m.Ping(n=1)
    for other in (b"PBR\x02\x00\x00", b"PBR\x00\x00\x00", b"PBR\x01\x00\x10"):
        with pytest.raises(ProtocolError) as caught:
            codec.decode([other, header])
        assert caught.value.code == "proto.version"
    assert head == b"PBR\x01\x00\x00"


def test_errors_name_the_message_and_the_field():
    import msgpack

    sample = next(sample for sample in SAMPLES if isinstance(sample, m.JobSubmit))
    head, header = codec.encode(sample)
    values = codec.decode_header(header)
    values["images"][1]["dtype"] = "O"
    with pytest.raises(ProtocolError) as caught:
        codec.decode([head, msgpack.packb(values)])
    error = caught.value
    assert (error.code, error.re, error.job) == ("param.invalid", sample.id, sample.job)
    assert error.detail == {"path": "images.1.dtype"}


def test_catalogue_tells_of_every_field():
    infos = m.catalogue()
    assert [info.type for info in infos] == list(m.BY_TYPE)
    put = next(info for info in infos if info.type == "blob.put")
    assert put.frames == (1, 1)
    assert [(field.name, field.default) for field in put.fields] == [
        ("blob", None), ("off", None), ("total", None), ("last", "False"),
    ]  # fmt: skip
    assert all(info.text.endswith(".") and field.allowed for info in infos for field in info.fields)


def test_pure_python_msgpack_gives_the_same_bytes():
    script = (
        "import msgpack, golden_files, samples; from protocol import codec\n"
        "assert msgpack.Packer.__module__ == 'msgpack.fallback', msgpack.Packer\n"
        "for s in samples.SAMPLES:\n"
        "    f = codec.encode(s)\n"
        "    assert golden_files.to_text(f) == (golden_files.folder() / f'{s.TYPE}.hex').read_text(), s.TYPE\n"
        "    assert codec.decode(f) == s, s.TYPE\n"
    )
    path = os.pathsep.join([str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"MSGPACK_PUREPYTHON": "1", "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", script], env=env, check=True, timeout=PATIENCE_S)
