# SPDX-License-Identifier: Apache-2.0
"""Random messages, made from the same declarations that check them."""

from __future__ import annotations

from hypothesis import strategies as st

from protocol import kinds
from protocol import messages as m
from protocol.errors import ParamError
from protocol.images import ITEM_BYTES, ORDER_CHANNELS, Image
from protocol.limits import SIDE_MAX
from protocol.record import Nested, Record, kinds_of

ENCODABLE = st.characters(codec="utf-8")
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(ENCODABLE, max_size=8)
    | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(ENCODABLE, max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def of_kind(kind: kinds.Kind) -> st.SearchStrategy:
    """Values that a kind allows."""
    match kind:
        case kinds.Flag():
            return st.booleans()
        case kinds.Int(low, high):
            return st.integers(low, high)
        case kinds.Real(low, high):
            return st.floats(low, high)
        case kinds.Text(longest, shortest, pattern, _):
            if pattern:
                return st.from_regex(pattern, fullmatch=True).filter(
                    lambda t: shortest <= len(t) <= longest
                )
            return st.text(ENCODABLE, min_size=shortest, max_size=min(longest, 20))
        case kinds.Raw(shortest, longest):
            return st.binary(min_size=shortest, max_size=longest)
        case kinds.Choice(words):
            return st.sampled_from(words)
        case kinds.Plain():
            return PLAIN
        case kinds.Many(item, count):
            return st.lists(of_kind(item), min_size=count.low, max_size=max(count.low, 3)).map(
                tuple
            )
        case kinds.Map(item, _):
            return st.dictionaries(st.text(ENCODABLE, max_size=8), of_kind(item), max_size=3)
        case kinds.Maybe(item):
            return st.none() | of_kind(item)
        case kinds.Each(places):
            return st.tuples(*map(of_kind, places))
        case Nested(record):
            return of_record(record)
    raise AssertionError(kind)


def of_record(record: type[Record]) -> st.SearchStrategy:
    """Records, those with impossible combinations left out."""
    if record is Image:
        return images()
    fields = {name: of_kind(kind) for name, kind in kinds_of(record).items()}
    return (
        st.fixed_dictionaries(fields)
        .map(lambda values: _try(record, values))
        .filter(lambda made: made is not None)
    )


def _try(record: type[Record], values: dict) -> Record | None:
    try:
        return record(**values)
    except ParamError:
        return None


@st.composite
def images(draw: st.DrawFn, side: int = SIDE_MAX, *, blob: bool = False) -> Image:
    order = draw(st.sampled_from(sorted(ORDER_CHANNELS)))
    channels = draw(st.sampled_from(ORDER_CHANNELS[order]))
    width = draw(st.integers(1, side))
    height = draw(st.integers(1, min(side, (64 << 20) // width)))
    alphas = ["none"] if channels in (1, 3) else ["none", "straight", "premul"]
    x, y = draw(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)))
    return Image(
        name=draw(st.sampled_from(["source", "mask", "condition.0", "condition.12"])),
        shape=(height, width, channels),
        dtype=draw(st.sampled_from(sorted(ITEM_BYTES))),
        order=order,
        alpha=draw(st.sampled_from(alphas)),
        space=draw(st.sampled_from(["srgb", "linear-srgb", "icc:abc-1"])),
        rect=(x, y, width, height),
        blob="b" if blob else draw(st.none() | st.just("b.1")),
        frame=draw(st.integers(0, 3)),
    )


@st.composite
def messages(draw: st.DrawFn) -> m.Message:
    """Any message, with frames that fit it."""
    message = draw(st.sampled_from(m.MESSAGES))
    values = {
        name: draw(of_kind(kind))
        for name, kind in kinds_of(message).items()
        if name not in ("image", "images")
    }
    if message in (m.BlobPut, m.BlobData):
        frame = draw(st.binary(min_size=1, max_size=40))
        values["off"] = draw(st.integers(0, 100))
        values["total"] = values["off"] + len(frame) + draw(st.integers(0, 9))
        values["frames"] = (frame,)
    elif message is m.BlobPatch:
        width, height, pixel = draw(
            st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 16))
        )
        x, y = draw(st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)))
        rect = m.PatchRect(x=x, y=y, width=width - x, height=height - y)
        frame = bytes(rect.width * rect.height * pixel)
        values.update(
            new="n",
            base="b",
            width=width,
            height=height,
            pixel=pixel,
            rects=(rect,),
            frames=(frame,),
        )
    elif message in (m.JobPreview, m.JobChunk):
        image = draw(images(side=5))
        values["image"] = image
        values["frames"] = (bytes(image.nbytes),)
        values.update({"off": 0, "total": image.nbytes} if message is m.JobChunk else {})
    elif message is m.JobSubmit:
        values["images"] = (draw(images(blob=True)),)
        values["priority"] = 0 if values["task"] == "prepare" else values["priority"]
    elif message is m.JobProgress:
        values["steps"] = max(values["step"], values["steps"])
    elif message is m.JobDone and not values["layers"]:
        values["kind"] = "nothing"
    return message(**values)
