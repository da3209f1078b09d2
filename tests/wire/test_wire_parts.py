# SPDX-License-Identifier: Apache-2.0
"""The small parts: numbers that sort, proofs, chunks, windows, patches, kinds of field."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import flow, handshake, ids, kinds, limits
from protocol.errors import CODES, RETRYABLE, ParamError, ProtocolError
from protocol.images import Image, check_inputs
from protocol.messages import BlobPatch, PatchRect
from protocol.record import kind_of
from protocol.upload import Uploads


def test_ulids_sort_by_time_and_are_unique():
    made = [ids.new() for _ in range(5000)]
    assert made == sorted(set(made))
    assert all(re.fullmatch(ids.PATTERN, ulid) for ulid in made)
    assert abs(ids.moment_ms(made[-1]) - time.time() * 1000) < 60_000
    assert ids.encode(0) == "0" * 26
    assert ids.encode(2**128 - 1) == "7" + "Z" * 25
    with pytest.raises(ValueError, match="128"):
        ids.encode(2**128)


def test_ulids_keep_rising_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch):
    first = ids.new()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1)
    assert first < ids.new() < ids.new()


def test_proofs_are_hmac_of_side_and_both_nonces():
    token, nonce, nonce2 = handshake.new_token(), handshake.new_nonce(), handshake.new_nonce()
    expected = hmac.new(token, b"S" + nonce + nonce2, hashlib.sha256).digest()
    assert handshake.proof(token, handshake.ENGINE, nonce, nonce2) == expected
    assert handshake.proves(expected, token, handshake.ENGINE, nonce, nonce2)
    for wrong in [
        (expected, token, handshake.CLIENT, nonce, nonce2),  # a proof thrown back at its maker
        (expected, token, handshake.ENGINE, nonce2, nonce),
        (expected, handshake.new_token(), handshake.ENGINE, nonce, nonce2),
        (expected[:-1] + bytes((expected[-1] ^ 1,)), token, handshake.ENGINE, nonce, nonce2),
    ]:
        assert not handshake.proves(*wrong)
    with pytest.raises(ValueError, match="31"):
        handshake.proof(token[:31], handshake.ENGINE, nonce, nonce2)


def test_the_comparison_takes_constant_time_by_construction():
    assert "compare_digest" in handshake.proves.__code__.co_names


@given(st.binary(min_size=1, max_size=5000), st.integers(1, 700))
def test_chunks_make_the_whole(data: bytes, size: int):
    part = flow.Assembly(len(data))
    for off, piece in flow.chunks(data, size):
        assert not part.complete
        part.add(off, len(data), piece)
    assert part.complete
    assert part.whole() == data
    assert part.whole().readonly


@pytest.mark.parametrize(
    ("off", "total", "nbytes"),
    [(5, 10, 5), (3, 10, 1), (4, 10, 7), (4, 11, 1), (11, 10, 1)],
    ids=["gap", "overlap", "beyond", "another total", "outside"],
)
def test_chunks_that_do_not_fit(off: int, total: int, nbytes: int):
    part = flow.Assembly(10)
    part.add(0, 10, b"abcd")
    with pytest.raises(ProtocolError) as caught:
        part.add(off, total, bytes(nbytes))
    assert caught.value.code == "blob.range"
    assert part.received == 4
    with pytest.raises(ProtocolError):
        part.whole()


def test_a_chunk_at_zero_starts_over():
    part = flow.Assembly(4)
    part.add(0, 4, b"ab")
    part.add(0, 4, b"wxyz")
    assert part.whole() == b"wxyz"


def test_memory_follows_what_came_not_what_was_announced():
    part = flow.Assembly(1 << 30)
    part.add(0, 1 << 30, b"x")
    assert part.received == 1


@given(st.integers(1, 3 << 20), st.lists(st.integers(1, 4 << 20), max_size=60))
def test_a_sender_within_its_credit_is_never_refused_and_never_stuck(window: int, sizes: list[int]):
    sender, receiver = flow.Allowance(window), flow.Intake(window)
    for size in (min(size, limits.CHUNK, window) for size in sizes):
        assert sender.take(size)
        receiver.received(size)
        sender.grant(receiver.drained(size))
        assert sender.left == receiver.outstanding <= window


def test_grants_come_in_few_messages():
    receiver = flow.Intake(limits.WINDOW)
    grants = 0
    for _ in range(64):
        receiver.received(limits.CHUNK)
        grants += receiver.drained(limits.CHUNK) > 0
    assert grants == 16


def test_a_sender_beyond_its_credit_is_refused():
    receiver = flow.Intake(10)
    receiver.received(10)
    with pytest.raises(ProtocolError) as caught:
        receiver.received(1)
    assert caught.value.code == "frame.too_large"
    assert not flow.Allowance(3).take(4)


@given(st.integers(0, 2**32))
def test_patches_paint_only_their_rectangles(seed: int):
    dice = random.Random(seed)
    width, height, pixel = dice.randint(1, 12), dice.randint(1, 12), dice.choice([1, 3, 4, 8])
    base = dice.randbytes(width * height * pixel)
    wanted = bytearray(base)
    x, y = dice.randrange(width), dice.randrange(height)
    rect = PatchRect(x=x, y=y, width=dice.randint(1, width - x), height=dice.randint(1, height - y))
    frame = dice.randbytes(rect.width * rect.height * pixel)
    for row in range(rect.height):
        for column in range(rect.width * pixel):
            at = ((rect.y + row) * width + rect.x) * pixel + column
            wanted[at] = frame[row * rect.width * pixel + column]
    patch = BlobPatch(
        new="n", base="b", width=width, height=height, pixel=pixel, rects=(rect,), frames=(frame,)
    )
    assert flow.patched(base, patch) == wanted
    with pytest.raises(ProtocolError, match="fit"):
        flow.patched(base + b"x", patch)


def test_inputs_need_blobs_roles_and_scale():
    image = Image(
        name="source", shape=(2, 3, 4), dtype="u1", order="rgba", rect=(0, 0, 3, 2), blob="b"
    )
    assert (image.nbytes, image.pixel_bytes, image.blobs, image.to_scale) == (24, 4, ("b",), True)
    check_inputs((image,))
    for images, path in [
        ((image, image), "images.1.name"),
        ((Image(**{**vars(image), "blob": None}),), "images.0.blob"),
        ((Image(**{**vars(image), "rect": (0, 0, 2, 3)}),), "images.0.rect"),
    ]:
        with pytest.raises(ParamError) as caught:
            check_inputs(images)
        assert caught.value.path == path


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (kinds.Flag(), 1),
        (kinds.Int(0, 5), True),
        (kinds.Int(0, 5), 1.0),
        (kinds.Real(0, 5), True),
        (kinds.Real(0, 5), float("nan")),
        (kinds.Real(0, 5), "1"),
        (kinds.Text(5), b"abc"),
        (kinds.Text(5), "abcdef"),
        (kinds.Text(5), "\ud800"),
        (kinds.Raw(1, 2), "a"),
        (kinds.Raw(1, 2), b""),
        (kinds.Choice(("a", "b")), "c"),
        (kinds.Choice(("a", "b")), ["a"]),
        (kinds.Many(kinds.Flag(), kinds.Count(1)), [True, False]),
        (kinds.Many(kinds.Flag(), kinds.Count(1)), "x"),
        (kinds.Map(kinds.Flag(), kinds.Count(1)), {1: True}),
        (kinds.Each((kinds.Flag(),)), [True, True]),
        (kinds.Plain(), {1, 2}),
    ],
)
def test_kinds_refuse_what_they_do_not_mean(kind: kinds.Kind, value: object):
    with pytest.raises(ParamError) as caught:
        kind.read(value)
    assert len(str(caught.value)) < 300
    assert kind.describe()


def test_an_annotation_that_says_too_little_is_a_mistake_of_ours():
    for hint in (int, str, object, list[int]):
        with pytest.raises(TypeError, match="does not say"):
            kind_of(hint)


def test_errors_have_a_sentence_and_say_where():
    assert set(CODES) >= RETRYABLE
    for code, sentence in CODES.items():
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+)?", code)
        assert sentence[0].isupper()
        assert sentence.endswith((".", "serve"))
    inner = ParamError("points", "must not be empty").under("0").under("drags")
    assert (inner.path, str(inner)) == ("drags.0.points", "drags.0.points: must not be empty")
    assert ProtocolError("queue.full").retryable
    assert not inner.retryable


def test_an_upload_gives_way_after_a_turn():
    """A host's interface waits for the call to end, whatever there is to send."""
    uploads = Uploads()
    uploads.opened(limits.WINDOW, 1000, kept=False)
    uploads.put(bytes(1_000_000))
    sent: list[float] = []

    def slow(message: object) -> bool:
        time.sleep(limits.TURN_S / 2)
        sent.append(time.monotonic())
        return True

    assert uploads.send(slow)
    assert 1 <= len(sent) <= 3
    assert uploads.waiting == 1_000_000 - 1000 * len(sent)
    assert not uploads.send(lambda message: False)
