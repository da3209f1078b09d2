# SPDX-License-Identifier: Apache-2.0
"""ULIDs: 26 letters that sort by the moment they were made.

48 bits of milliseconds, 80 bits of chance, in Crockford's base 32 (https://github.com/ulid/spec).
"""

from __future__ import annotations

import secrets
import threading
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = "[0-7][0-9A-HJKMNP-TV-Z]{25}"

_lock = threading.Lock()
_last = 0


def new() -> str:
    """Return a new ULID, greater than every one this process made before."""
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
        # Within one millisecond, or when the clock steps back, count on from the last one.
        _last = fresh if fresh >> 80 > _last >> 80 else _last + 1
        return encode(_last)


def encode(value: int) -> str:
    """Write a 128-bit number as 26 letters."""
    if not 0 <= value < 1 << 128:
        raise ValueError(f"{value} does not fit 128 bits")
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def moment_ms(ulid: str) -> int:
    """Return the milliseconds since 1970 that the ULID carries."""
    value = 0
    for letter in ulid:
        value = value << 5 | ALPHABET.index(letter)
    return value >> 80
