# SPDX-License-Identifier: Apache-2.0
"""The worlds that can be trained on: how to get a scene, what may be said of it, and every word of that."""

from collections.abc import Callable
from dataclasses import dataclass

from server.lab.scenes import Scene, caption, sample_scene, vocabulary
from server.lab.scenes.describe import describe
from server.lab.scenes.lexicon import words
from server.lab.scenes.sample_rich import sample_rich


@dataclass(frozen=True, kw_only=True)
class World:
    """Scenes and captions by seed; `old_words` keep their token ids when `words` grow."""

    name: str
    scene: Callable[[int], Scene]
    caption: Callable[[Scene, int], str]
    words: Callable[[], tuple[str, ...]]
    old_words: Callable[[], tuple[str, ...]] = tuple


FIRST = World(name="first", scene=sample_scene, caption=caption, words=vocabulary)
RICH = World(
    name="rich",
    scene=sample_rich,
    caption=lambda scene, seed: describe(scene, seed).text,
    words=words,
    old_words=vocabulary,
)
WORLDS = {world.name: world for world in (FIRST, RICH)}
