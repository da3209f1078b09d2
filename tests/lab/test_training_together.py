# SPDX-License-Identifier: Apache-2.0
"""Two processes that share out every batch make the steps that one process makes with the whole of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rounding import assert_same_training
from safetensors.torch import load_file
from torch import nn

from server.lab.training.batches import Batch
from server.lab.training.together import Together

ROOT = Path(__file__).parents[2]
TRAIN = """
import sys
from pathlib import Path
import numpy as np
import torch
from server.lab.scenes import vocabulary
from server.lab.training.batches import token_ids
from server.lab.training.clock import Budget
from server.lab.training.denoiser import train
from server.lab.training.frames import Frame
from server.lab.training.log import Log
from server.lab.training.networks import Sizes
from server.lab.training.recipe import Recipe, Share
from server.lab.training.run import Run
from server.lab.training.shards import Latents
from server.lab.training.together import join
from server.lab.training.tokenizer import write_tokenizer

folder = Path(sys.argv[1])
torch.set_num_threads(1)
together = join("cpu")
tokenizer = write_tokenizer(folder / f"words-{together.rank}", vocabulary())
frame = Frame(width=64, height=64)
rng = np.random.default_rng(0)
data = Latents(
    z=rng.standard_normal((8, 4, 8, 8)).astype(np.float16),
    ids=np.repeat(token_ids(tokenizer, ["a red boat"]).numpy().astype(np.int16)[None], 8, 0),
    seg=rng.integers(5, size=(8, 8, 8)).astype(np.uint8),
)
tiny = Sizes(channels=(8, 8, 16, 16), heads=(1, 1, 2, 2), groups=4, text_width=16, text_heads=2, text_layers=1)
recipe = Recipe(budget=Budget(steps=2), sizes=tiny, batch=1, warm=1, shares=(Share(frame=frame),))
run = Run(recipe=recipe, folder=folder, tokenizer=tokenizer, together=together)
if "--start" in sys.argv:
    run.save()
else:
    with Log(folder / f"log-{together.rank}") as log:
        train(run, {frame: data}, log=log)
    assert run.clock.done and run.clock.step == 2
"""


def train(folder: Path, *launcher: str, more: tuple[str, ...] = ()) -> dict[str, torch.Tensor]:
    folder.mkdir()
    script = folder / "train.py"
    script.write_text(TRAIN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *launcher, str(script), str(folder), *more],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return load_file(folder / "denoiser.safetensors")


def test_two_processes_make_the_same_steps_as_one(tmp_path: Path) -> None:
    alone = train(tmp_path / "alone")
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    shared = train(tmp_path / "shared", *launcher)
    assert alone.keys() == shared.keys()
    start = train(tmp_path / "start", more=("--start",))
    learned = [name for name in alone if name.startswith("model/")]
    weights = ([one[name] for name in learned] for one in (shared, alone, start))
    # In bfloat16 the gradients of two halves are rounded otherwise than those of the whole, and turn a sign in a
    # hundred of Adam's first steps; those of one half alone turn a third of them.
    assert_same_training(*weights, within=0.3)
    assert not list((tmp_path / "shared").glob("log-1")), "only the first process writes"


def test_parts_of_a_batch_are_all_of_it_and_alone_nothing_is_averaged() -> None:
    rows = torch.arange(5.0)
    batch = Batch(z=rows, eps=rows, t=rows, ids=rows, seg=None)
    parts = [batch.part(index, 2) for index in range(2)]
    assert sorted(torch.cat([part.z for part in parts]).tolist()) == rows.tolist()
    layer = nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()
    before = layer.weight.grad
    Together().average(layer.parameters())
    assert layer.weight.grad is before
    assert Together().from_first(3.5) == 3.5


def test_a_process_outside_the_group_is_refused() -> None:
    with pytest.raises(ValueError, match="0 … 1, got 2"):
        Together(rank=2, many=2)
