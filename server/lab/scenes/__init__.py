# SPDX-License-Identifier: Apache-2.0
"""The procedural world: seeded scenes of skies, mountains, lakes, balloons and boats whose true edits are known.

scene = sample_scene(7)
picture = render(scene).rgb                                # uint8 (256, 256, 3)
answer = render(scene.moved("balloon1", 40, -12)).rgb      # what a perfect edit would give
"""

from server.lab.scenes.caption import caption, vocabulary
from server.lab.scenes.draw import CLASSES
from server.lab.scenes.render import Render, render
from server.lab.scenes.sample import HELD_OUT, sample_scene
from server.lab.scenes.scene import STYLES, Ground, Hill, Path, Scene, Sky, Style
from server.lab.scenes.truth import SceneObject, may_change, objects

__all__ = [
    "CLASSES",
    "HELD_OUT",
    "STYLES",
    "Ground",
    "Hill",
    "Path",
    "Render",
    "Scene",
    "SceneObject",
    "Sky",
    "Style",
    "caption",
    "may_change",
    "objects",
    "render",
    "sample_scene",
    "vocabulary",
]
