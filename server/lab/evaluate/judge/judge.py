# SPDX-License-Identifier: Apache-2.0
"""The evaluator: reads from a picture what it shows.

It was trained on renders alone (`train`) and knows no model whose pictures it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from server.lab.evaluate.judge.facts import count_of, facts_of
from server.lab.evaluate.judge.fields import CELL, Fields, Labels, Spot, color_bases
from server.lab.evaluate.judge.network import Answer, JudgeNet
from server.lab.scenes.facts import Facts
from server.lab.training.pictures import Pictures, as_tensor

WEIGHTS = Path(__file__).parent / "weights" / "judge.safetensors"
SURE = 0.35
"""From this score on a middle counts; chosen on training scenes."""
HARDLY = 0.08
"""From this score on, a middle counts where the whole picture says that such a thing is there."""
WIDE = ("fence",)
"""Kinds without a plain middle: their scores spread along them."""
APART = 20.0
"""Two middles of one kind nearer than this, in pixels, are one thing seen twice: scenes keep theirs further apart."""
AT_ONCE = 16


class Judge:
    """A trained evaluator; pictures are uint8 (n, h, w, 3), sides multiples of 16."""

    def __init__(self, net: JudgeNet) -> None:
        self.net = net.eval()
        self.fields = net.fields

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Judge:
        """Read weights (fp16 safetensors that name their own fields) into fp32."""
        with safe_open(path, "pt") as file:
            net = JudgeNet(Fields.from_json(file.metadata()["fields"]))
            net.load_state_dict({key: file.get_tensor(key).float() for key in file.keys()})  # noqa: SIM118
        return cls(net.to(memory_format=torch.channels_last))  # pyright: ignore[reportCallIssue]

    def facts(self, pictures: Pictures) -> list[Facts]:
        """What each picture shows, as facts of the world."""
        return [facts_of(labels) for labels in self.labels(pictures)]

    def labels(self, pictures: Pictures) -> list[Labels]:
        """What each picture shows, with the score of everything found."""
        found: list[Labels] = []
        for answer in self._answers(pictures):
            found += read(answer, self.fields)
        return found

    def features(self, pictures: Pictures) -> NDArray[np.float32]:
        """The features (n, 32) whose Fréchet distance is measured."""
        return np.concatenate([answer.features.numpy() for answer in self._answers(pictures)])

    def _answers(self, pictures: Pictures) -> Iterator[Answer]:
        if pictures.ndim != 4 or pictures.shape[-1] != 3 or pictures.dtype != np.uint8:
            raise ValueError(
                f"pictures are uint8 (n, h, w, 3), got {pictures.dtype} {pictures.shape}"
            )
        with torch.inference_mode():
            for start in range(0, len(pictures), AT_ONCE):
                yield self.net(as_tensor(pictures[start : start + AT_ONCE]))


def read(answer: Answer, fields: Fields, sure: float = SURE) -> list[Labels]:
    """The network's logits as words and spots, picture by picture."""
    scores = answer.centers.sigmoid()
    peaks = (scores == F.max_pool2d(scores, 3, 1, 1)) & (scores >= min(sure, HARDLY))
    spots: list[list[Spot]] = [[] for _ in scores]
    for b, kind, row, column in torch.nonzero(peaks).tolist():
        at, score = (b, kind, row, column), float(scores[b, kind, row, column])
        spots[b].append(_spot(answer, fields, at, score))
    words = {
        name: [fields.values[name][i] for i in logits.argmax(1).tolist()]
        for name, logits in answer.values.items()
    }
    found: list[Labels] = []
    for b, seen in enumerate(spots):
        values = {name: column[b] for name, column in words.items()}
        found.append(Labels(values=values, spots=_chosen(_once(seen), values, sure)))
    return found


def _chosen(spots: Sequence[Spot], values: Mapping[str, str], sure: float) -> tuple[Spot, ...]:
    """Those that are sure enough; of wide kinds, surest first, as many as the whole picture says there are."""
    kept = [spot for spot in spots if spot.kind not in WIDE and spot.sure >= sure]
    for kind in WIDE:
        kept += [spot for spot in spots if spot.kind == kind][: int(values[count_of(kind)])]
    return tuple(kept)


def _once(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """Each thing once, the surest first."""
    found: list[Spot] = []
    for spot in sorted(spots, key=lambda s: -s.sure):
        near = (s for s in found if s.kind == spot.kind)
        if all((s.x - spot.x) ** 2 + (s.y - spot.y) ** 2 >= APART**2 for s in near):
            found.append(spot)
    return tuple(found)


def _spot(answer: Answer, fields: Fields, at: Sequence[int], score: float) -> Spot:
    b, kind, row, column = at
    name = list(fields.kinds)[kind]
    dx, dy = answer.offsets[b, 2 * kind : 2 * kind + 2, row, column].tolist()
    base, colors = color_bases(fields)[name], fields.kinds[name]
    best = int(answer.colors[b, base : base + len(colors), row, column].argmax())
    return Spot(
        kind=name,
        x=(column + 0.5 + dx) * CELL,
        y=(row + 0.5 + dy) * CELL,
        color=colors[best],
        sure=score,
    )


def save(net: JudgeNet, path: Path) -> None:
    """Write weights in fp16 with the list of their fields, under a temporary name first."""
    kept: dict[str, Tensor] = {}
    for name, value in net.state_dict().items():
        kept[name] = (value.half() if value.is_floating_point() else value).contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    save_file(kept, partial, metadata={"fields": net.fields.to_json()})
    partial.replace(path)
