# SPDX-License-Identifier: Apache-2.0
"""What every host must do, whichever paint program it stands for: run against the fake one and inside the real ones.

Each case is a generator that yields wherever the program must get its event loop; an `Artist` does what people do.
Standard library only, since it also runs in a paint program's own Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocol.plugin.host import HostError, layers_of

from .host_changes import CASES as CHANGES
from .host_copies import CASES as COPIES
from .host_hands import PATCH, Artist, patch, pattern, read, rgba, started, ticks


def case_the_key_stays_until_the_document_is_closed(artist: Artist) -> Iterator[None]:
    key = artist.host.document_key()
    assert key
    assert artist.host.document_key() == key
    artist.close()
    yield
    assert artist.host.document_key() is None


def case_the_canvas_is_as_it_was_made(artist: Artist) -> Iterator[None]:
    extent = artist.host.extent_and_profile()
    assert (extent.width, extent.height) == (32, 24)
    assert extent.profile
    yield


def case_pixels_are_read_where_they_lie(artist: Artist) -> Iterator[None]:
    whole = rgba(read(artist.host, (2, 1, 28, 22), artist.paper))
    assert whole == pattern()
    inner = rgba(read(artist.host, (7, 4, 5, 3)))
    rows = [pattern()[((y + 3) * 28 + 5) * 4 :][: 5 * 4] for y in range(3)]
    assert inner == b"".join(rows)
    yield


def case_beside_the_layer_there_is_nothing(artist: Artist) -> Iterator[None]:
    around = rgba(read(artist.host, (-3, -2, 8, 5)))
    assert around[: 8 * 4 * 3] == bytes(8 * 4 * 3)
    assert around[(3 * 8 + 4) * 4 :][:4] == bytes(4)
    assert around[(3 * 8 + 5) * 4 :][:12] == pattern()[:12]
    yield


def case_a_layer_that_is_gone_is_said_so(artist: Artist) -> Iterator[None]:
    try:
        list(artist.host.read_layers(None, ["0b0e6a8f-0000-4000-8000-000000000000"]))
    except HostError as problem:
        assert "not there" in str(problem)
    else:
        raise AssertionError("a layer that never was is read")
    yield


def case_the_selection_is_a_soft_mask(artist: Artist) -> Iterator[None]:
    assert artist.host.read_selection(None) is None
    artist.select((8, 6, 10, 5), 200)
    yield
    found = artist.host.read_selection((6, 5, 6, 3))
    assert found is not None
    assert found.bounds == (8, 6, 10, 5)
    assert found.mask is not None
    row = bytes((0, 0, 200, 200, 200, 200))
    assert bytes(found.mask.data) == bytes(6) + row * 2
    artist.select(None)
    yield
    assert artist.host.read_selection(None) is None


def case_a_result_is_one_layer_and_one_step(artist: Artist) -> Iterator[None]:
    before, steps = artist.names(), artist.steps()
    (key,) = artist.host.write_layers([patch(artist, recipe=b"how")], None, "Pullbrush: Drag")
    yield
    assert artist.names() == [*before, "New"]
    assert artist.steps() == steps + 1
    assert rgba(read(artist.host, PATCH, key)) == bytes((255, 0, 0, 128)) * 36
    assert rgba(read(artist.host, (2, 1, 28, 22), artist.paper)) == pattern()
    (layer,) = layers_of(artist.host, [key])
    assert layer.recipe == b"how"
    artist.undo()
    yield
    assert artist.names() == before
    artist.redo()
    yield
    assert artist.names() == [*before, "New"]
    assert rgba(read(artist.host, PATCH, key)) == bytes((255, 0, 0, 128)) * 36


def case_a_result_instead_hides_its_source_until_it_is_undone(artist: Artist) -> Iterator[None]:
    steps = artist.steps()
    artist.host.write_layers([patch(artist, placement="instead")], None, "Pullbrush: Move")
    yield
    assert not artist.visible(artist.paper)
    assert artist.steps() == steps + 1
    artist.undo()
    yield
    artist.look()
    assert artist.visible(artist.paper)
    artist.redo()
    yield
    artist.look()
    assert not artist.visible(artist.paper)


def case_several_layers_come_in_one_group_and_one_step(artist: Artist) -> Iterator[None]:
    steps = artist.steps()
    layers = [patch(artist, "Lower"), patch(artist, "Upper")]
    keys = artist.host.write_layers(layers, "Together", "Pullbrush: Two")
    yield
    assert artist.steps() == steps + 1
    found = layers_of(artist.host, keys, PATCH)
    assert [one.name for one in found] == ["Lower", "Upper"]
    assert all(one.pixels and rgba(one.pixels)[:4] == bytes((255, 0, 0, 128)) for one in found)
    artist.undo()
    yield
    assert artist.names() == ["Paper"]


def case_an_edit_goes_from_the_layer_to_the_engine_and_back(artist: Artist) -> Iterator[None]:
    net, session = started(artist)
    yield from ticks(session, 6)
    job = net.last("edit")
    rect = job.image("source").rect
    net.done(job)
    session.apply()
    yield from ticks(session, 3)
    assert session.stage == "applied", session.failure
    assert artist.names() == ["Paper", session.applied[0].recipe.layer_name]
    source = rgba(read(artist.host, rect, artist.paper))
    keys = [one.key for one in layers_of(artist.host, [""])]
    made = rgba(read(artist.host, rect, keys[0]))
    assert made == bytes(255 - value for value in source)
    session.close()


def case_a_document_closed_on_the_way_costs_nothing(artist: Artist) -> Iterator[None]:
    net, session = started(artist)
    yield from ticks(session, 6)
    artist.close()
    yield
    session.tick()
    assert session.stage == "closed"
    assert net.last("edit").cancels


def case_a_selection_removed_on_the_way_leaves_the_edit_alone(artist: Artist) -> Iterator[None]:
    artist.select((8, 6, 12, 9))
    yield
    net, session = started(artist)
    yield from ticks(session, 6)
    job = net.last("edit")
    assert job.image("mask")
    artist.select(None)
    yield
    session.tick()
    net.done(job)
    session.apply()
    yield from ticks(session, 3)
    assert session.stage == "applied", session.failure
    session.close()


CASES: dict[str, Callable[[Artist], Iterator[None]]] = (
    {
        name.removeprefix("case_"): case
        for name, case in globals().items()
        if name.startswith("case_")
    }
    | COPIES
    | CHANGES
)

__all__ = ["CASES", "Artist", "pattern"]
