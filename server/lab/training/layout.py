# SPDX-License-Identifier: Apache-2.0
"""Where a module's weights lie in memory."""

from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def channels_last(module: M, device: str = "cpu") -> M:
    """The module on a device with its convolutions channels last: what bf16 kernels want."""
    return module.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
