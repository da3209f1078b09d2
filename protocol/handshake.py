# SPDX-License-Identifier: Apache-2.0
"""The mutual proof that both sides hold the token of the session file, without sending it.

HMAC-SHA256(token, side ‖ nonce ‖ nonce2): the engine proves first, so that a program squatting on its port
never sees a pixel; then the client does.
"""

from __future__ import annotations

import hmac
import secrets

from .limits import NONCE_BYTES, TOKEN_BYTES

ENGINE = b"S"
CLIENT = b"C"


def new_nonce() -> bytes:
    """Return a number used once."""
    return secrets.token_bytes(NONCE_BYTES)


def new_token() -> bytes:
    """Return a new session secret."""
    return secrets.token_bytes(TOKEN_BYTES)


def proof(token: bytes, side: bytes, nonce: bytes, nonce2: bytes) -> bytes:
    """Return the MAC of one side over both nonces; raises ValueError for lengths that were never agreed."""
    lengths = (len(token), len(nonce), len(nonce2))
    if lengths != (TOKEN_BYTES, NONCE_BYTES, NONCE_BYTES):
        raise ValueError(
            f"token and nonces of {lengths} bytes; {TOKEN_BYTES}, {NONCE_BYTES}, {NONCE_BYTES} needed"
        )
    return hmac.new(token, side + nonce + nonce2, "sha256").digest()


def proves(mac: bytes, token: bytes, side: bytes, nonce: bytes, nonce2: bytes) -> bool:
    """Tell in constant time whether `mac` is that side's proof."""
    return hmac.compare_digest(mac, proof(token, side, nonce, nonce2))
