# SPDX-License-Identifier: Apache-2.0
"""Bytes from somebody who means harm, or from a bug: a message or a ProtocolError, soon, and nothing else."""

from __future__ import annotations

import struct
import tracemalloc

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES
from strategies import PLAIN

from protocol import codec, limits
from protocol import messages as m
from protocol.errors import CODES, ProtocolError

HEAD = b"PBR\x01\x00\x00"
MANY = settings(max_examples=max(200, settings().max_examples))
HEADERS = [bytes(codec.encode(sample)[1]) for sample in SAMPLES]
FRAMES = [[bytes(frame) for frame in codec.encode(sample)] for sample in SAMPLES]


def refusal(frames: list) -> str:
    """Code with which frames are refused; the empty text for a message."""
    try:
        message = codec.decode(frames)
    except ProtocolError as error:
        refused = error
    else:
        assert isinstance(message, m.Message)
        return ""
    assert refused.code in CODES
    assert 0 < len(refused.message) <= 1000
    return refused.code


def refused_header(header: bytes) -> str:
    return refusal([HEAD, header])


@pytest.mark.fuzz
@MANY
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_random_frames(frames: list[bytes]):
    assert refusal(frames) == "header.invalid"


@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=400), st.integers(0, 3))
def test_random_headers(header: bytes, more: int):
    assert refusal([HEAD, header, *[b"x"] * more])


@pytest.mark.fuzz
@MANY
@given(st.sampled_from(HEADERS), st.data())
def test_mutated_headers(header: bytes, data: st.DataObject):
    changed = bytearray(header)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed) - 1))
        what = data.draw(st.sampled_from(["flip", "cut", "double", "set"]))
        if what == "flip":
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
        elif what == "set":
            changed[at] = data.draw(st.integers(0, 255))
        elif what == "cut" and len(changed) > 1:
            del changed[at:]
        else:
            changed += changed[at : at + 50]
        if not changed:
            break
    refused_header(bytes(changed))


@pytest.mark.fuzz
@MANY
@given(st.sampled_from(FRAMES), st.data())
def test_messages_with_any_values_in_their_fields(frames: list[bytes], data: st.DataObject):
    header = codec.decode_header(frames[1])
    anything = PLAIN | st.sampled_from([2**64 - 1, -(2**63), [], {}, [[[]]], "é" * 300, b"x" * 300])
    for name in data.draw(
        st.lists(st.sampled_from(sorted(header)), min_size=1, max_size=3, unique=True)
    ):
        header[name] = data.draw(anything)
    more = data.draw(st.lists(st.binary(max_size=20), max_size=3))
    refusal([HEAD, msgpack.packb(header), *(frames[2:] or more)])


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (msgpack.packb({"t": "ping", "n": 1, "x": {"a": msgpack.ExtType(5, b"abc")}}), "extension"),
        (msgpack.packb({"t": "ping", "n": 1, "x": {"a": msgpack.Timestamp(1, 2)}}), "timestamp"),
        (msgpack.packb({"t": "ping", "n": float("nan")}), "not a number"),
        (msgpack.packb({"t": "ping", "n": 1, "x": {"a": float("inf")}}), "infinite"),
        (msgpack.packb({"t": "ping", "n": 1, b"x": 1}), "key of bytes"),
        (b"\x83\xa1t\xa4ping\xa1n\x01\x05\x06", "key that is a number"),
        (b"\x83\xa1t\xa4ping\xa1n\x01\xa1n\x02", "key twice"),
        (b"\x82\xa1t\xa4ping\xa1n\xdd\xff\xff\xff\xff", "array that lies about its length"),
        (b"\x82\xa1t\xa4ping\xa1n\xdf\xff\xff\xff\xff", "map that lies about its length"),
        (b"\x82\xa1t\xa4ping\xa1n\xc6\xff\xff\xff\xff", "bytes that lie about their length"),
        (b"\x81\xa1t\xa4ping\xa1n\x01", "bytes behind the end"),
        (b"\x91" * 5000 + b"\x00", "arrays 5 000 deep"),
        (b"\x81\xa1x" * 5000 + b"\x00", "maps 5 000 deep"),
        (msgpack.packb({"t": "ping", "n": 1, "x": {"a": [[]] * 4095}}), "too many values"),
        (b"\x83\xa1t\xa4ping\xa1n\x01\xa1x" + b"\x81\xa1a" * 16 + b"\x00", "depth of 17"),
        (b"\x82\xa1t\xa4ping\xa1n\xa2\xff\xfe", "text that is not UTF-8"),
        (msgpack.packb([1, 2]), "no map"),
        (msgpack.packb({"n": 1}), "no type"),
        (msgpack.packb({"t": 5}), "type that is a number"),
        (b"", "nothing"),
        (
            msgpack.packb({"t": "ping", "n": 1, "x": {"a": "y" * limits.HEADER_MAX}}),
            "larger than allowed",
        ),
    ],
)
def test_headers_that_are_not_sound(header: bytes, why: str):
    assert refused_header(header) == "header.invalid", why


def test_a_pickled_array_as_msgpack_numpy_sends_it_is_refused():
    """With msgpack-numpy's decoder these bytes run a program; here they are a map with the wrong keys."""
    payload = {
        b"nd": True,
        b"kind": b"O",
        b"type": "|O",
        b"shape": (1,),
        b"data": b"cos\nsystem\n(S'true'\ntR.",
    }
    assert (
        refused_header(msgpack.packb({"t": "job.update", "patch": {"a": payload}}))
        == "header.invalid"
    )


@pytest.mark.parametrize(
    "dtype", ["O", "|O", "f8", "object", "<u1", "U1", ["u1"], None, 1, {"u1": 1}]
)
def test_only_the_four_depths_are_known(dtype: object):
    sample = next(frames for frames in FRAMES if b"job.chunk" in frames[1])
    header = codec.decode_header(sample[1])
    header["image"]["dtype"] = dtype
    with pytest.raises(ProtocolError) as caught:
        codec.decode([HEAD, msgpack.packb(header), *sample[2:]])
    assert caught.value.detail == {"path": "image.dtype"}


@pytest.mark.parametrize(
    ("type_name", "change", "path"),
    [
        ("blob.put", {"off": 5}, "off"),
        ("blob.put", {"off": -1}, "off"),
        ("blob.put", {"total": 2**40}, "total"),
        ("blob.put", {"off": True}, "off"),
        ("blob.put", {"blob": "../etc/passwd"}, "blob"),
        ("blob.put", {"blob": "a\0b"}, "blob"),
        ("blob.put", {"blob": "a\n"}, "blob"),
        ("blob.patch", {"new": "b1"}, "new"),
        ("blob.patch", {"width": 3}, "rects.1"),
        ("blob.patch", {"pixel": 3}, "frames.0"),
        ("job.chunk", {"total": 9}, "total"),
        ("job.chunk", {"seq": 0}, "seq"),
        ("job.progress", {"step": 21}, "step"),
        ("job.progress", {"handles": [[1.0, 1e300]]}, "handles.0.1"),
        ("job.submit", {"job": "01M819W17GCDNJZGKGSA0Q97VU"}, "job"),
        ("job.submit", {"priority": 4}, "priority"),
        ("job.submit", {"task": "prepare"}, "priority"),
        ("job.submit", {"params": []}, "params"),
        ("job.submit", {"selection": [0, 0, 0, 5]}, "selection.2"),
        ("model.load", {"model": "../../secret"}, "model"),
        ("model.load", {"model": "a/b"}, "model"),
        ("model.load", {"model": "C:\\x"}, "model"),
        ("hello", {"nonce": b"short"}, "nonce"),
        ("hello", {"proto": {"major": 1, "min_minor": 2, "max_minor": 1}}, "proto.min_minor"),
        ("ping", {"n": 1.5}, "n"),
        ("ping", {"id": "1"}, "id"),
    ],
)
def test_values_that_are_not_possible_are_named(type_name: str, change: dict, path: str):
    frames = next(
        frames for frames, sample in zip(FRAMES, SAMPLES, strict=True) if type_name == sample.TYPE
    )
    header = codec.decode_header(frames[1]) | change
    with pytest.raises(ProtocolError) as caught:
        codec.decode([HEAD, msgpack.packb(header), *frames[2:]])
    assert (caught.value.code, caught.value.detail) == ("param.invalid", {"path": path})


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([16_384, 16_384, 4], "pixels"),
        ([16_385, 1, 4], "16385"),
        ([1, 1, 5], "5"),
        ([0, 1, 4], "0"),
        ([1, 1], "3 items"),
        ([2, 3, 3], "channels"),
    ],
)
def test_images_too_large_or_impossible(shape: list[int], message: str):
    sample = next(frames for frames in FRAMES if b"job.chunk" in frames[1])
    header = codec.decode_header(sample[1])
    header["image"]["shape"] = shape
    with pytest.raises(ProtocolError, match=message):
        codec.decode([HEAD, msgpack.packb(header), *sample[2:]])


def test_frames_beyond_the_limits():
    header = bytes(codec.encode(m.Ping(n=1))[1])
    assert refusal([HEAD, header]) == ""
    assert refusal([HEAD, header, b"x"]) == "param.invalid"
    assert refusal([HEAD, header, bytes(limits.FRAME_MAX + 1)]) == "frame.too_large"
    assert refusal([HEAD, header, *[b"x"] * 62]) == "param.invalid"
    assert refusal([HEAD, header, *[b"x"] * 1000]) == "header.invalid"
    assert refusal([HEAD + b"x", header]) == "header.invalid"
    assert refusal([HEAD[:5], header]) == "header.invalid"
    assert refusal([b"GET / HTTP/1.1\r\n", header]) == "header.invalid"


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x90" * (4 << 20),
        b"\xdc\xff\xff" + b"\x90" * 65_000,
        b"\x80" * 65_000,
        b"\xde\x0f\xff" + b"\xa0\x90" * 30_000,
    ],
    ids=["4 MB of empty arrays", "64 KiB of empty arrays", "empty maps", "one key for ever"],
)
def test_bombs_cost_little(bomb: bytes):
    tracemalloc.start()
    assert refused_header(bomb) == "header.invalid"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20, "what it says was built before it was refused"


def test_what_we_send_is_held_to_the_same_limits():
    job = SAMPLES[0].id
    assert job is not None
    for patch, why in [
        ({"prompt": "x" * limits.HEADER_MAX}, "header"),
        ({"points": [[0.0, 0.0]] * 2000}, "too much"),
        ({"a": [[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]}, "deep"),
    ]:
        with pytest.raises(ProtocolError, match=why):
            codec.encode(m.JobUpdate(job=job, rev=1, patch=patch))
    for value in (float("nan"), 2**64, {1: 2}, object(), "\ud800", {"\ud800": 1}, {1, 2}):
        with pytest.raises(ProtocolError):
            m.JobUpdate(job=job, rev=1, patch={"a": value})


def test_struct_of_a_greeting_is_no_message():
    assert refusal([struct.pack(">B8sB", 0xFF, b"", 0x7F), b"NULL"]) == "header.invalid"
