# SPDX-License-Identifier: Apache-2.0
"""The world of heads: cartoon heads that turn, wink and open their mouths, whose true edits are known.

head = sample_head(7)
picture = draw(head)                                        # uint8 (256, 256, 3)
answer = draw(head.with_(yaw=head.yaw + 20, mouth_open=1))  # what a perfect edit would give
"""

from server.lab.heads.fields import BY_NAME, FIELDS, NAMES
from server.lab.heads.head import COLORS, HELD_OUT, Head, head_at
from server.lab.heads.landmarks import Landmark, landmarks
from server.lab.heads.render import Portrait, draw, portrait
from server.lab.heads.sample import head_of_two, head_of_z, sample_head, z_of_head

__all__ = [
    "BY_NAME",
    "COLORS",
    "FIELDS",
    "HELD_OUT",
    "NAMES",
    "Head",
    "Landmark",
    "Portrait",
    "draw",
    "head_at",
    "head_of_two",
    "head_of_z",
    "landmarks",
    "portrait",
    "sample_head",
    "z_of_head",
]
