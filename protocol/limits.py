# SPDX-License-Identifier: Apache-2.0
"""Every number that bounds what may be said, in one place.

Sizes are bytes, times are milliseconds unless the name says otherwise.
"""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# Frames and headers
HEADER_MAX = 64 * KIB
HEADER_DEPTH_MAX = 16
HEADER_NODES_MAX = 4096
CHUNK = 1 * MIB
"""Usual size of a frame of pixels: a cancel waits behind at most one window of these."""
FRAME_MAX = 4 * MIB
FRAMES_MAX = 64
"""Frames of one message, the two of the envelope included."""
ZMQ_FRAME_MAX = FRAME_MAX + 4 * KIB
"""What the socket itself accepts; the difference lets an oversize frame be told from a hostile one."""

# Flow control
WINDOW = 16 * MIB
"""Bytes in flight that either side allows the other before it must grant more."""
PREVIEW_CREDIT_MAX = 16
HIGH_WATER_MARK = 64
BACKLOG = 16

TURN_S = 0.003
"""Seconds one call of the client moves pixels before a host's user interface gets its turn."""

# Pixels
SIDE_MAX = 16_384
"""Longest side of an image that travels."""
DOCUMENT_SIDE_MAX = 1_000_000
PIXELS_MAX = 64 * MIB
"""Pixels of one image that travels: of `read_rect`, not of the document."""
CHANNELS_MAX = 4
COORDINATE_MAX = 2**24
BLOB_MAX = PIXELS_MAX * CHANNELS_MAX * 4
BLOB_QUOTA = 2 * GIB
IMAGES_MAX = 32
RECTS_MAX = 256
PATCH_RECTS_MAX = FRAMES_MAX - 2

# Jobs
JOBS_QUEUED = 8
JOBS_RESUMED_MAX = 64
RESULT_KEPT_MS = 600_000
PROGRESS_PER_SECOND = 10

# Liveness
HANDSHAKE_MS = 5_000
PING_MS = 2_000
PING_MISSES = 3
BACKOFF_FIRST_S = 0.1
BACKOFF_LAST_S = 5.0
LINGER_CLIENT_MS = 0
"""A broken connection keeps nothing."""
LINGER_ENGINE_MS = 250
"""Time for the last words of a connection that is closed on purpose."""
IDLE_EXIT_MS = 600_000
UNAUTHENTICATED_MAX = 3
"""Messages before `hello` that are answered with `auth.required`; then the peer is dropped."""
NO_CREDIT_DROP_MS = 30_000
"""A reader that grants nothing for this long while results wait is dropped."""

# Secrets
TOKEN_BYTES = 32
NONCE_BYTES = 32
MAC_BYTES = 32
SESSION_FILE_MAX = 64 * KIB
