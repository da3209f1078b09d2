# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts, continued: the document changes while an edit runs or is ready, and Apply is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocol.plugin.engine import Engine
from protocol.plugin.host import NewLayer, Pixels, Rect, layers_of
from protocol.plugin.session.edit_session import EditSession

from .connection import Asked, ScriptedConnection
from .host_hands import Artist, read, rgba, started

READ: Rect = (6, 6, 14, 10)
"""What the drag of `started` reads and changes."""


def turns(session: EditSession, count: int = 4) -> Iterator[None]:
    """Let so many turns of the program's clock pass, with a look at the document in each, and as many more as it takes
    to find out what became of the picture: busy hosts tell it in small bites.
    """
    while count > 0 or session.status.is_reading:
        session.look()
        session.tick()
        yield
        count -= 1


def running(artist: Artist) -> Iterator[None]:
    """A drag that the engine works on: `artist.net`, `artist.session`, `artist.job`."""
    net, session = started(artist)
    yield from turns(session, 6)
    artist.net, artist.session, artist.job = net, session, net.last("edit")  # type: ignore[attr-defined]


def state(artist: Artist) -> tuple[ScriptedConnection, EditSession, Asked]:
    """What `running` made."""
    return artist.net, artist.session, artist.job  # type: ignore[attr-defined]


def made(artist: Artist) -> NewLayer:
    """The one result that was applied."""
    _, session, _ = state(artist)
    (outcome,) = session.applied
    return outcome.layers[-1]


def shows(artist: Artist, where: Rect) -> None:
    """The result lies there, and shows the inverse of what the paper has there."""
    keys = [one.key for one in layers_of(artist.host, [""])]
    source = rgba(read(artist.host, where, artist.paper))
    assert rgba(read(artist.host, where, keys[0])) == bytes(255 - value for value in source)
    assert made(artist).pixels.rect == where


def followed(
    change: Callable[[Artist], object], dx: int, dy: int
) -> Callable[[Artist], Iterator[None]]:
    """A case: the picture is shifted while the edit runs, and again in the other direction once it is ready."""

    def case(artist: Artist) -> Iterator[None]:
        yield from running(artist)
        net, session, job = state(artist)
        net.preview(job)
        yield from turns(session)
        change(artist)
        yield
        yield from turns(session)
        assert session.stale is None
        net.done(job)
        yield from turns(session)
        assert (session.stage, len(net.jobs)) == ("done", 1)
        session.apply()
        yield from turns(session)
        assert session.stage == "applied", session.failure or session.status.stale_sentence
        shows(artist, (READ[0] + dx, READ[1] + dy, *READ[2:]))
        session.close()

    return case


def outdated(
    change: Callable[[Artist], object], what: str, anyway: bool
) -> Callable[[Artist], Iterator[None]]:
    """A case: the picture is another one before the result is applied."""

    def case(artist: Artist) -> Iterator[None]:
        yield from running(artist)
        net, session, job = state(artist)
        net.done(job)
        yield from turns(session)
        names, steps = artist.names(), artist.steps()
        change(artist)
        yield
        yield from turns(session)
        assert session.stale is not None
        assert (session.stage, session.stale.change) == ("stale", what)
        assert session.artifacts.can_apply_anyway == anyway
        assert not session.status.stale_sentence.startswith("stale.")
        session.apply()
        yield from turns(session)
        assert session.outcome is not None
        assert (session.applied, len(net.jobs)) == ([], 1)
        artist.undo()
        yield
        yield from turns(session)
        assert (session.stage, artist.names(), artist.steps()) == ("done", names, steps)
        session.apply()
        yield from turns(session)
        assert (session.stage, len(net.jobs)) == ("applied", 1)
        shows(artist, READ)
        session.close()

    return case


def case_a_picture_painted_on_is_computed_again_or_covered(artist: Artist) -> Iterator[None]:
    yield from running(artist)
    net, session, job = state(artist)
    artist.paint((8, 8, 6, 4), (255, 0, 0, 255))
    yield
    yield from turns(session)
    assert session.stale is not None
    net.done(job)
    yield from turns(session)
    session.apply()
    yield from turns(session)
    assert (session.stage, session.applied) == ("stale", [])
    session.compute_again()
    yield from turns(session, 6)
    again = net.last("edit")
    assert again is not job
    net.done(again)
    yield from turns(session)
    assert session.stale is None
    artist.paint((8, 8, 6, 4), (0, 255, 0, 255))
    yield
    session.apply()
    yield from turns(session)
    assert (session.stage, session.applied) == ("stale", [])
    session.apply_anyway()
    yield from turns(session)
    assert session.stage == "applied"
    session.close()


def case_a_converted_picture_is_computed_again_in_its_depth(artist: Artist) -> Iterator[None]:
    yield from running(artist)
    net, session, job = state(artist)
    artist.convert("u2")
    yield
    net.done(job)
    yield from turns(session)
    assert session.stale is not None
    assert session.stale.change == "converted"
    session.compute_again()
    yield from turns(session, 6)
    again = net.last("edit")
    assert again.image("source").dtype == "u2"
    net.done(again)
    yield from turns(session)
    session.apply()
    yield from turns(session)
    assert session.stage == "applied", session.failure
    session.close()


def case_a_source_that_is_gone_is_said_and_nothing_is_added(artist: Artist) -> Iterator[None]:
    yield from running(artist)
    net, session, job = state(artist)
    artist.delete()
    yield
    names = artist.names()
    net.done(job)
    yield from turns(session)
    session.apply()
    yield from turns(session)
    assert session.stale is not None
    assert session.stale.change == "gone"
    assert not session.artifacts.can_apply_anyway
    session.apply_anyway()
    yield from turns(session)
    assert (artist.names(), session.applied) == (names, [])
    artist.undo()
    yield
    yield from turns(session)
    assert session.stage == "done"
    session.apply()
    yield from turns(session)
    assert session.stage == "applied", session.failure
    shows(artist, READ)
    session.close()


def case_apply_pressed_again_and_again_adds_one_layer(artist: Artist) -> Iterator[None]:
    yield from running(artist)
    net, session, job = state(artist)
    net.done(job)
    yield from turns(session)
    for _ in range(3):
        session.apply()
        yield from turns(session)
    assert len(artist.names()) == 2
    assert session.stage == "applied"
    artist.undo()
    yield
    yield from turns(session)
    assert (session.stage, artist.names()) == ("taken_back", ["Paper"])
    artist.redo()
    yield
    yield from turns(session)
    assert (session.stage, len(artist.names())) == ("applied", 2)
    artist.undo()
    yield
    yield from turns(session)
    session.apply()
    yield from turns(session)
    assert (session.stage, len(artist.names())) == ("applied", 2)
    assert len(net.jobs) == 1  # the same result, not computed again
    keys = [one.key for one in layers_of(artist.host, [""])]
    source = rgba(read(artist.host, READ, artist.paper))
    assert rgba(read(artist.host, READ, keys[0])) == bytes(255 - value for value in source)
    session.close()


def case_a_copy_is_made_of_the_picture_as_it_is_when_it_is_applied(
    artist: Artist,
) -> Iterator[None]:
    """What was painted beside the edit meanwhile is in the copy; the edit itself is what was seen."""
    yield from running(artist)
    net, session, job = state(artist)
    net.done(job, placement="instead")
    yield from turns(session)
    artist.paint((22, 3, 5, 3), (255, 0, 0, 255))
    yield
    session.apply()
    yield from turns(session)
    assert session.stage == "applied", session.status.stale_sentence
    keys = [one.key for one in layers_of(artist.host, [""])]
    whole = (2, 1, 28, 22)
    before, after = (rgba(read(artist.host, whole, key)) for key in (artist.paper, keys[0]))
    for y in range(22):
        for x in range(28):
            at = (y * 28 + x) * 4
            inside = 4 <= x < 18 and 5 <= y < 15
            expected = (
                bytes(255 - v for v in before[at : at + 4]) if inside else before[at : at + 4]
            )
            assert after[at : at + 4] == expected, (x, y)
    assert not artist.visible(artist.paper)
    session.close()


def case_a_copy_of_several_layers_has_all_of_them(artist: Artist) -> Iterator[None]:
    """A result on the paper is edited further: the copy shows both, also where that result reaches beyond the edit."""
    patch: Rect = (3, 2, 26, 19)
    red = NewLayer(
        name="Result", pixels=Pixels(rect=patch, data=bytes((200, 10, 30, 255)) * (26 * 19)),
        above=artist.paper, made_of=(artist.paper,),
    )  # fmt: skip
    (upper,) = artist.host.write_layers([red], None, "Pullbrush: One")
    yield
    net = ScriptedConnection()
    session = EditSession(artist.host, Engine(net))
    session.choose(
        "drag", {"drags": [[[10, 10], [16, 12]]], "seed": 5}, source=upper, under=(artist.paper,)
    )
    session.run()
    yield from turns(session, 6)
    net.done(net.last("edit"), placement="instead", opaque=True)
    yield from turns(session)
    session.apply()
    yield from turns(session)
    assert session.stage == "applied", session.failure
    keys = [one.key for one in layers_of(artist.host, [""])]
    corner, edge = (2, 1, 1, 1), (3, 2, 1, 1)
    assert rgba(read(artist.host, corner, keys[0])) == rgba(read(artist.host, corner, artist.paper))
    assert rgba(read(artist.host, edge, keys[0])) == bytes((200, 10, 30, 255))
    assert rgba(read(artist.host, (10, 10, 1, 1), keys[0])) == bytes((55, 245, 225, 255))
    assert not artist.visible(artist.paper)
    assert not artist.visible(upper)
    session.close()


CASES: dict[str, Callable[[Artist], Iterator[None]]] = {
    name.removeprefix("case_"): case for name, case in globals().items() if name.startswith("case_")
} | {
    "a_crop_is_followed": followed(lambda artist: artist.crop((4, 3, 22, 16)), -4, -3),
    "a_larger_canvas_is_followed": followed(lambda artist: artist.resize((-3, -2, 40, 30)), 3, 2),
    "a_moved_layer_is_followed": followed(lambda artist: artist.move(4, 3), 4, 3),
    "a_scaled_picture_is_not_covered": outdated(
        lambda artist: artist.scale(64, 48), "resized", anyway=True
    ),
    "a_turned_picture_is_not_covered": outdated(
        lambda artist: artist.rotate(), "resized", anyway=True
    ),
    "a_picture_painted_on_is_not_covered": outdated(
        lambda artist: artist.paint((8, 8, 6, 4), (255, 0, 0, 255)), "painted", anyway=True
    ),
    "a_converted_picture_is_not_spoiled": outdated(
        lambda artist: artist.convert("u2"), "converted", anyway=False
    ),
}
