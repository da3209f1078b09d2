# SPDX-License-Identifier: Apache-2.0
"""Several processes train one model: each works on its part of every batch, gradients are averaged.

Start them with PyTorch's own launcher, on the cores or GPUs of one machine:

    python -m torch.distributed.run --standalone --nproc-per-node 2 -m -- server.lab.training.denoiser --batch 24 …

All processes begin with the same weights, see the same mean gradient and so make the same step.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Together:
    """This process is number `rank`, from 0, of `many`."""

    rank: int = 0
    many: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.many:
            raise ValueError(f"a process is one of 0 … {self.many - 1}, got {self.rank}")

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes checkpoints, log and sheets."""
        return self.rank == 0

    @torch.no_grad()
    def average(self, parameters: Iterable[Tensor]) -> None:
        """Replace every gradient by its mean over the processes."""
        if self.many == 1:
            return
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([grad.flatten() for grad in grads])
        dist.all_reduce(flat)
        flat /= self.many
        for grad, mean in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
            grad.copy_(mean.view(grad.shape))

    def from_first(self, value: float) -> float:
        """The first process's value, in every process."""
        if self.many == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(told, src=0)
        return float(told)


def join(device: str) -> Together:
    """Meet the processes that the launcher started; alone when there was none."""
    many = int(os.environ.get("WORLD_SIZE", "1"))
    if many == 1:
        return Together()
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.startswith("cuda") else "gloo")
    return Together(rank=dist.get_rank(), many=many)
