# SPDX-License-Identifier: Apache-2.0
"""What PyTorch and numpy put into pickles, rebuilt as plain data: storages, tensors, scalars, modules' state."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.engine.gan.conversion.opcodes import Builder, Name, Reader, Refused

BFLOAT16 = "bfloat16"
TYPES: Mapping[str, str] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def item_bytes(kind: str) -> int:
    """Bytes of one number."""
    return 2 if kind == BFLOAT16 else np.dtype(kind).itemsize


@dataclass
class Storage:
    """A row of ``count`` numbers; ``fetch`` reads its bytes when they are needed."""

    kind: str
    count: int
    fetch: Callable[[], bytes] | None = None

    def numbers(self) -> NDArray[Any]:
        """The numbers, bfloat16 widened. Raises Refused when there are not as many bytes as there should be."""
        raw = b"" if self.fetch is None else self.fetch()
        if len(raw) != self.count * item_bytes(self.kind):
            raise Refused("its tensors are not complete; it was not completely copied")
        if self.kind != BFLOAT16:
            return np.frombuffer(raw, dtype=self.kind)
        return (np.frombuffer(raw, dtype="<u2").astype("<u4") << 16).view("<f4")


@dataclass(frozen=True)
class StoredTensor:
    """A view of a storage: first number, shape, and steps between neighbors."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def __post_init__(self) -> None:
        numbers = (self.offset, *self.shape, *self.strides)
        if not all(type(n) is int and 0 <= n < 1 << 40 for n in numbers):
            raise Refused("it holds a tensor of an impossible shape")
        last = self.offset + sum(
            (n - 1) * step for n, step in zip(self.shape, self.strides, strict=True)
        )
        if self.shape and 0 in self.shape:
            return
        if last >= self.storage.count or prod(self.shape) > self.storage.count:
            raise Refused("it holds a tensor that reaches beyond its numbers")

    def array(self) -> NDArray[np.float32]:
        """As float32. Raises Refused when it is incomplete."""
        row = self.storage.numbers()
        if 0 in self.shape:
            return np.zeros(self.shape, np.float32)
        steps = tuple(step * row.itemsize for step in self.strides)
        view = np.lib.stride_tricks.as_strided(row[self.offset :], self.shape, steps)
        return np.array(view, dtype=np.float32, order="C")


@dataclass(frozen=True)
class Thing:
    """An object of a class that is not looked at: the class's name, and its attributes."""

    kind: str
    state: dict[str, Any]


@dataclass
class NumpyType:
    """The type of a numpy scalar."""

    code: str
    order: str = field(default="<")

    def with_state(self, state: Any) -> NumpyType:
        self.order = _text(state[1])
        return self


def _text(value: Any) -> str:
    """A string as it is. Nothing else: what a nested tuple looks like in words can take forever."""
    if not isinstance(value, str):
        raise Refused(f"it is damaged (a {type(value).__name__} in place of a name)")
    return value


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_more: Any) -> StoredTensor:
    if not isinstance(storage, Storage) or len(shape) != len(strides):
        raise Refused("it holds a tensor without numbers")
    return StoredTensor(storage, offset, tuple(shape), tuple(strides))


def _parameter(tensor: Any, *_more: Any) -> StoredTensor:
    if not isinstance(tensor, StoredTensor):
        raise Refused("it holds a parameter that is no tensor")
    return tensor


def _persistent_object(meta: Any) -> Thing:
    """NVIDIA's networks carry their source code as text; only the state beside it is kept."""
    if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
        raise Refused("it holds a network without a state")
    return Thing(_text(meta.get("class_name"))[:80], meta["state"])


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    if any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in pairs):
        raise Refused("it is damaged (entries that are no pairs)")
    return {_text(key): value for key, value in pairs}


def _scalar(kind: Any, raw: Any) -> float | int | bool:
    allowed = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}
    if not isinstance(kind, NumpyType) or kind.code not in allowed or kind.order not in "<|=":
        raise Refused("it holds a numpy value that is no number")
    numbers = np.frombuffer(raw, dtype=kind.code)
    if len(numbers) != 1:
        raise Refused("it is damaged (a number of another size)")
    return numbers[0].item()


def _encoded(text: Any, encoding: Any) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise Refused("it wants bytes in an encoding that is not known")
    return _text(text).encode("latin-1")


def _empty_dict(*arguments: Any) -> dict[str, Any]:
    if arguments:
        raise Refused("it is damaged (a dictionary made of something)")
    return {}


BUILDERS: Mapping[Name, Builder] = {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.storage", "_load_from_bytes"): lambda raw: embedded(raw),
    ("torch", "Size"): lambda *numbers: tuple(numbers[0]) if numbers else (),
    ("torch", "device"): lambda *names: _text(names[0]),
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _persistent_object,
    ("dnnlib.util", "EasyDict"): _empty_dict,
    ("collections", "OrderedDict"): _ordered,
    ("builtins", "set"): lambda items=(): {_text(item) for item in items},
    ("__builtin__", "set"): lambda items=(): {_text(item) for item in items},
    ("numpy", "dtype"): lambda code, *_flags: NumpyType(_text(code)),
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _encoded,
    **{("torch", name): (lambda *_: None) for name in TYPES},
}
STORAGES: Mapping[Name, Builder] = {("torch", name): BUILDERS["torch", name] for name in TYPES}
NONE_ALLOWED: Mapping[Name, Builder] = {}


def storage_of(identity: object) -> tuple[Storage, str]:
    """The storage that a persistent id speaks of, without its numbers, and its key. Raises Refused."""
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
        raise Refused("it refers to something outside that is no tensor")
    named, key, count = identity[1], identity[2], identity[4]
    kind = TYPES.get(getattr(named, "name", ("", ""))[1])
    if kind is None or type(count) is not int or not 0 <= count < 1 << 40:
        raise Refused("it holds tensors of an unknown kind")
    if len(identity) == 6 and identity[5] is not None:
        raise Refused("it holds a storage that is part of another one")
    return Storage(kind, count), str(key) if type(key) is int else _text(key)


def stream(
    file: io.BufferedIOBase | io.BytesIO, size: int, builders: Mapping[Name, Builder]
) -> Any:
    """The value of PyTorch's older format, behind its magic number; see `embedded`. Raises Refused."""
    found: dict[str, Storage] = {}

    def persistent(identity: object) -> Storage:
        storage, key = storage_of(identity)
        return found.setdefault(key, storage)

    def plain(names: Mapping[Name, Builder] = NONE_ALLOWED) -> Any:
        return Reader(names, persistent).read(file, size)  # pyright: ignore[reportArgumentType]

    if plain() != PROTOCOL:
        raise Refused("it is of an unknown version of PyTorch's format")
    system = plain()
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Refused("it was written on a machine of another byte order")
    value, keys = plain(builders), plain()
    if not isinstance(keys, list) or set(keys) != set(found):
        raise Refused("it is damaged (its tensors are not those it lists)")
    for key in keys:
        _place(found[key], file, size)
    return value


def _place(storage: Storage, file: Any, size: int) -> None:
    """Notes where the storage's bytes are, and moves behind them."""
    count = int.from_bytes(file.read(8), "little", signed=True)
    if count != storage.count:
        raise Refused("its tensors are not complete; it was not completely copied")
    here, length = file.tell(), count * item_bytes(storage.kind)
    if here + length > size:
        raise Refused("it ends too early; it was not completely copied")

    def fetch() -> bytes:
        file.seek(here)
        return file.read(length)

    storage.fetch = fetch
    file.seek(here + length)


def embedded(raw: Any) -> Storage:
    """A storage that lies, with a small pickle of its own around it, inside another pickle. Raises Refused.

    Magic number, version, system, the value, the storages' keys, then for each its length and its numbers.
    """
    if not isinstance(raw, bytes | bytearray):
        raise Refused("it holds tensors in a way that is not known")
    file = io.BytesIO(raw)
    if Reader({}, _nothing).read(file, len(raw)) != MAGIC:
        raise Refused("it holds tensors in a way that is not known")
    value = stream(file, len(raw), STORAGES)
    if not isinstance(value, Storage):
        raise Refused("it holds something else in place of tensors")
    return value


def _nothing(_identity: object) -> Any:
    raise Refused("it refers to something outside that is no tensor")
