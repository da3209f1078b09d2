# SPDX-License-Identifier: Apache-2.0
"""From scenes to what the evaluator should answer, and from its answers back to facts."""

from dataclasses import replace

import pytest
import torch

from server.lab.evaluate.judge.facts import WORLD, count_of, facts_of, labels_of
from server.lab.evaluate.judge.fields import CELL, Fields, Labels, Spot, Targets, targets
from server.lab.evaluate.judge.judge import read
from server.lab.evaluate.judge.loss import loss_of, own_colors
from server.lab.evaluate.judge.network import FEATURES, Answer, JudgeNet
from server.lab.evaluate.judge.score import compare
from server.lab.scenes import HELD_OUT
from server.lab.scenes.facts import facts
from server.lab.scenes.sample_rich import sample_rich

SCENES = [sample_rich(HELD_OUT + 7_000 + i) for i in range(24)]
TRUE = [labels_of(facts(scene)) for scene in SCENES]


def perfect(wanted: Targets, fields: Fields) -> Answer:
    """The answer of a network that makes no error at all."""
    b, kinds, rows, columns = wanted.centers.shape
    offsets = torch.zeros(b, kinds, 2, rows, columns)
    colors = torch.zeros(b, own_colors(fields).shape[1], rows, columns)
    for (picture, kind, row, column), offset, color in zip(
        wanted.places.tolist(), wanted.offsets, wanted.colors.tolist(), strict=True
    ):
        offsets[picture, kind, :, row, column] = offset
        if color >= 0:
            colors[picture, color, row, column] = 9.0
    values = {
        name: 9.0 * torch.nn.functional.one_hot(wanted.values[name], len(words)).float()
        for name, words in fields.values.items()
    }
    return Answer(
        centers=torch.where(wanted.centers >= 1, 9.0, -9.0),
        offsets=offsets.flatten(1, 2),
        colors=colors,
        values=values,
        features=torch.zeros(b, FEATURES),
        hints=values,
    )


def test_a_perfect_answer_says_the_facts_of_the_scene() -> None:
    """Kinds, counts, colors and attributes exactly; places to rounding."""
    answer = perfect(targets(TRUE, WORLD, 256), WORLD)
    found = read(answer, WORLD)
    verdict = compare(TRUE, found)
    assert verdict.whole == 1.0
    assert verdict.found == 1.0
    assert verdict.error_95 < 1e-3
    for scene, labels in zip(SCENES, found, strict=True):
        true, seen = facts(scene), facts_of(labels)
        assert replace(seen, things=()) == replace(true, things=())
        assert sorted((s.kind, s.color) for s in seen.things) == sorted(
            (s.kind, s.color) for s in true.things
        )


def test_an_anchor_beyond_the_border_is_found_from_the_border_cell() -> None:
    spot = Spot(kind="pine tree", x=100.0, y=260.0)
    labels = replace(TRUE[0], spots=(spot,))
    found = read(perfect(targets([labels], WORLD, 256), WORLD), WORLD)[0]
    assert [(s.kind, round(s.x, 2), round(s.y, 2)) for s in found.spots] == [
        ("pine tree", 100.0, 260.0)
    ]


def test_the_loss_is_small_for_truth_and_grows_with_every_kind_of_error() -> None:
    wanted = targets(TRUE[:6], WORLD, 256)
    right = perfect(wanted, WORLD)
    least = float(loss_of(right, wanted, WORLD))
    assert least < 0.05
    wrong = (
        replace(right, centers=-right.centers),
        replace(right, offsets=right.offsets + 1),
        replace(right, colors=-right.colors),
        replace(right, values={name: -logits for name, logits in right.values.items()}),
        replace(right, hints={name: -logits for name, logits in right.hints.items()}),
    )
    assert all(float(loss_of(answer, wanted, WORLD)) > least + 0.2 for answer in wrong)


def test_errors_are_counted_where_they_are() -> None:
    """One color, one place, one missing thing: each shows in its own share and nowhere else."""
    scene = next(i for i, labels in enumerate(TRUE) if labels.of("house") and labels.of("cloud"))
    true = TRUE[scene]
    house, cloud = true.of("house")[0], true.of("cloud")[0]
    painted = tuple(
        replace(s, color="blue" if s.color != "blue" else "red") if s is house else s
        for s in true.spots
    )
    verdict = compare([true], [replace(true, spots=painted)])
    assert verdict.colors["house"] < 1
    assert verdict.attributes["clouds"] == verdict.counts["house"] == verdict.found == 1
    assert verdict.whole == 0
    fewer = tuple(s for s in true.spots if s is not cloud)
    verdict = compare([true], [replace(true, spots=fewer)])
    assert verdict.attributes["clouds"] == 0
    assert verdict.found == pytest.approx(1 - 1 / len(true.spots))
    aside = tuple(replace(s, x=s.x + 3, y=s.y + 4) for s in true.spots)
    verdict = compare([true], [replace(true, spots=aside)])
    assert verdict.median_error == pytest.approx(5.0)


def test_answers_keep_their_places_when_the_picture_is_larger() -> None:
    """Fully convolutional: one cell more per 8 pixels, and odd sides are refused."""
    net = JudgeNet(WORLD).eval()
    with torch.inference_mode():
        answer = net(torch.zeros(1, 3, 192, 320))
        assert answer.centers.shape == (1, len(WORLD.kinds), 192 // CELL, 320 // CELL)
        assert answer.features.shape == (1, FEATURES)
        with pytest.raises(ValueError, match="multiples of 16"):
            net(torch.zeros(1, 3, 200, 256))
    assert sum(p.numel() for p in net.parameters()) <= 1_000_000


def test_fields_survive_the_weights_file() -> None:
    assert Fields.from_json(WORLD.to_json()) == WORLD
    with pytest.raises(ValueError, match="must differ"):
        Fields(values={"sky": ("day", "day")}, kinds={})


def test_counts_beyond_the_last_choice_count_as_the_last() -> None:
    crowd = tuple(Spot(kind="cloud", x=20.0 * i, y=40.0) for i in range(9))
    seen = facts_of(Labels(values=TRUE[0].values, spots=crowd))
    assert seen.clouds == 9
    assert labels_of(seen).values[count_of("cloud")] == "5"
