# SPDX-License-Identifier: Apache-2.0
"""What sample sheets show: sentences of the world that ask for several things, colors and styles at once."""

PROMPTS = (
    "a red balloon over snowy mountains at sunset, a calm lake",
    "the moon over a snowy mountain at night, a white boat on a lake",
    "a bright sun and two clouds by day, a house with a red roof on green grass",
    "a green car on a winding path and the bright sun, in pencil",
    "a watercolour of a house with a blue roof and a person in the snow",
    "an outlined illustration of a yellow balloon, two mountains and a pine tree in the desert",
)
