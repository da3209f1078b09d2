# SPDX-License-Identifier: Apache-2.0
"""An engine that says anything at any time, to a real client over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENCE_S
from reference_engine import Engine
from strategies import messages
from test_wire_client import INVERTED, collect, of, submit

from protocol import codec, packing
from protocol import messages as m
from protocol.client import Client
from protocol.errors import ProtocolError
from protocol.events import Connected, Reconnecting, Result

# Each example is a whole exchange with a process' worth of sockets.
SOME = settings(max_examples=max(15, settings().max_examples // 20))
GARBAGE = st.lists(st.binary(max_size=60), min_size=1, max_size=4)


@pytest.fixture(scope="module", params=["stdlib", "pyzmq"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Client]]:
    engine = Engine(tmp_path_factory.mktemp("babble"))
    with engine, Client("test", session=engine.file, transport=request.param) as client:
        client.connect(PATIENCE_S)
        yield engine, client


def say(engine: Engine, frames: list) -> None:
    """Have the engine send frames to everybody who is connected, unsound ones too."""
    for who, peer in list(engine.peers.items()):
        if peer.session:
            engine.send_frames(who, frames)


@pytest.mark.fuzz
@SOME
@given(data=st.data())
def test_whatever_an_engine_says_the_client_goes_on(
    pair: tuple[Engine, Client], data: st.DataObject
):
    engine, client = pair
    for _ in range(data.draw(st.integers(1, 6))):
        frames = data.draw(GARBAGE | messages().map(codec.encode))
        engine.do(lambda frames=frames: say(engine, frames))
        client.receive()
    client.connect(PATIENCE_S)
    job = submit(client, b"\x00\x01\x02\x03")
    events = collect(client, lambda events: not client.open_jobs)
    results = [event for event in of(events, Result) if event.job == job]
    assert [bytes(result.pictures["result"].pixels) for result in results] == [
        bytes(range(4)).translate(INVERTED)
    ]


@pytest.mark.fuzz
@SOME
@given(frames=GARBAGE | messages().map(codec.encode))
def test_nothing_but_a_proof_opens_a_connection(
    tmp_path_factory: pytest.TempPathFactory, frames: list
):
    """Said instead of the challenge, it ends the attempt, and the client has sent no more than its hello."""
    with Engine(tmp_path_factory.mktemp("x")) as engine:
        engine.handle = lambda who, message: engine.send_frames(who, frames)
        with Client("test", session=engine.file, transport="stdlib") as client:
            client.put(b"precious pixels")
            with pytest.raises(ProtocolError):
                client.connect(0.05)
            assert not of(client.receive(), Connected)
            assert client.welcome is None
        assert set(engine.seen) <= {"hello"}


@pytest.mark.parametrize("kind", ["stdlib", "pyzmq"])
def test_more_bytes_than_were_allowed_end_the_connection(tmp_path: Path, kind: str):
    with (
        Engine(tmp_path) as engine,
        Client("test", session=engine.file, transport=kind, window=1 << 20) as client,
    ):
        client.connect(PATIENCE_S)
        chunk = m.BlobData(blob="b", off=0, total=2 << 20, frames=(bytes(2 << 20),))
        engine.do(lambda: say(engine, codec.encode(chunk)))
        events = collect(client, lambda events: of(events, Connected))
        assert "allowed" in events[0].message
        assert len(of(events, Reconnecting)) == 1


@pytest.mark.parametrize("kind", ["stdlib", "pyzmq"])
def test_pings_are_answered_and_later_messages_named(tmp_path: Path, kind: str):
    with Engine(tmp_path) as engine, Client("test", session=engine.file, transport=kind) as client:
        client.connect(PATIENCE_S)
        heard: list[m.Message] = []
        take = engine.handle
        engine.handle = lambda who, message: (heard.append(message), take(who, message))
        engine.on_error = lambda who, peer, message: None
        engine.do(lambda: say(engine, codec.encode(m.Ping(n=41))))
        head, header = codec.encode(m.Ping(id=engine.engine_id, n=1))
        later = packing.pack(codec.decode_header(header) | {"t": "ping.of.2030"})
        engine.do(lambda: say(engine, [head, later]))
        collect(client, lambda events: len(heard) == 2)
        pong, error = heard
        assert pong == m.Pong(n=41)
        assert (error.code, error.re) == ("type.unknown", engine.engine_id)
        assert client.connected


def test_bytes_nobody_asked_for_are_not_kept(tmp_path: Path):
    with Engine(tmp_path) as engine, Client("test", session=engine.file) as client:
        client.connect(PATIENCE_S)
        for i in range(4):
            chunk = m.BlobData(blob=f"b{i}", off=0, total=1 << 30, frames=(bytes(1000),))
            engine.do(lambda chunk=chunk: say(engine, codec.encode(chunk)))
        assert isinstance(client.wait(submit(client), PATIENCE_S), Result)
        assert not client._courier._fetching
