# SPDX-License-Identifier: Apache-2.0
"""The evaluator: reads from a picture what it shows.

It was trained on renders alone (`judge_train`) and knows no model whose pictures it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from server.lab.evaluate.judge_facts import facts_of
from server.lab.evaluate.judge_fields import CELL, Fields, Labels, Spot, color_bases
from server.lab.evaluate.judge_net import Answer, JudgeNet
from server.lab.scenes.facts import Facts
from server.lab.training.pictures import Pictures, as_tensor

WEIGHTS = Path(__file__).parent / "judge_weights" / "judge.safetensors"
SURE = 0.35
"""From this score on a middle counts; chosen on training scenes."""
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
    peaks = (scores == F.max_pool2d(scores, 3, 1, 1)) & (scores >= sure)
    spots: list[list[Spot]] = [[] for _ in scores]
    for b, kind, row, column in torch.nonzero(peaks).tolist():
        spots[b].append(
            _spot(answer, fields, (b, kind, row, column), float(scores[b, kind, row, column]))
        )
    words = {
        name: [fields.values[name][i] for i in logits.argmax(1).tolist()]
        for name, logits in answer.values.items()
    }
    return [
        Labels(values={name: column[b] for name, column in words.items()}, spots=tuple(spots[b]))
        for b in range(len(scores))
    ]


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
