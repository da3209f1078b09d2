# SPDX-License-Identifier: Apache-2.0
"""DragonDiffusion's move and DiffEditor's landmark edit once more, from their equations alone and all in double.

Nothing of the engine takes part: a stock network with attention written here, masks by index, and square roots as
the machine of the reference gave them. Slow and plain; what it makes is compared with what the engine makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Root = Callable[[Tensor], Tensor]
TEXT, STEPS, GUIDED = 77, 50, 30
LAYERS = 2


class _Seen(Exception):
    """The last wanted features exist."""


@dataclass
class Attention:
    """Softmax attention of every layer, with the bank of one step and the image prompt's weight."""

    projections: dict[str, tuple[Tensor, Tensor]]
    record: dict[str, tuple[Tensor, Tensor]] | None = None
    bank: dict[str, tuple[Tensor, Tensor]] | None = None
    append: bool = False
    prompt: float = 0.0

    def of(self, name: str) -> Callable[..., Tensor]:
        def attend(
            layer: Any, hidden: Tensor, encoder_hidden_states: Tensor | None = None, **_: Any
        ) -> Tensor:
            extra = None
            context = hidden if encoder_hidden_states is None else encoder_hidden_states
            if encoder_hidden_states is not None and context.shape[1] > TEXT:
                context, extra = context[:, :-4], context[:, -4:]
            query, keys, values = layer.to_q(hidden), layer.to_k(context), layer.to_v(context)
            if name.startswith("up_blocks") and name.endswith("attn1"):
                keys, values = self._remembered(name, keys, values)
            found = _softmax(query, keys, values, layer.heads)
            if extra is not None and self.prompt:
                to_key, to_value = self.projections[name]
                found = found + self.prompt * _softmax(
                    query, extra @ to_key.T, extra @ to_value.T, layer.heads
                )
            return layer.to_out[0](found)

        return attend

    def _remembered(self, name: str, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        if self.record is not None:
            self.record[name] = (keys, values)
        if self.bank is None:
            return keys, values
        old_keys, old_values = (x.expand(keys.shape[0], -1, -1) for x in self.bank[name])
        if not self.append:
            return old_keys, old_values
        return torch.cat([keys, old_keys], 1), torch.cat([values, old_values], 1)


def _softmax(query: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, keys, values))
    weights = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2)


def nearest(x: Tensor, size: Sequence[int]) -> Tensor:
    """Rows and columns floor(i * in / out) of the last two axes."""
    rows, columns = (torch.arange(n) * m // n for n, m in zip(size, x.shape[-2:], strict=True))
    return x[..., rows, :][..., columns]


def _cos(a: Tensor, b: Tensor) -> Tensor:
    """Cosine over the first axis."""
    return (a * b).sum(0) / (a.square().sum(0).sqrt() * b.square().sum(0).sqrt())


def _unit(cosine: Tensor) -> Tensor:
    return (cosine + 1) / 2


@dataclass(kw_only=True)
class Plain:
    """One edit. ``given`` holds the case's tensors, ``settings`` its numbers."""

    unet: Any
    attention: Attention
    alphas: Tensor  # float32, as the published schedule
    root: Root
    given: dict[str, Tensor]
    settings: dict[str, Any]
    latents: list[Tensor] = field(default_factory=list[Tensor])
    banks: dict[int, dict[str, tuple[Tensor, Tensor]]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    def level(self, i: int) -> tuple[Tensor, Tensor]:
        """abar of step i's input and of its result."""
        t = 981 - 20 * i
        return self.alphas[t], self.alphas[max(t - 20, 0)]

    def run(self) -> dict[str, Tensor]:
        """The latent before every step and the last one, by the names of the cases."""
        self._invert()
        z = self._start()
        kept: dict[str, Tensor] = {}
        for i in range(STEPS):
            kept[f"latent_before_step_{i}_repeat_0"] = z
            times = 3 if i in (22, 24, 26, 28) else 1
            for repeat in range(times):
                after = self._step(z, i)
                z = after if repeat + 1 == times else self._back(after, i)
        return kept | {"latent_final": z}

    @torch.no_grad()
    def _invert(self) -> None:
        z = self.given["latent_source"]
        self.latents = [z]
        for i in reversed(range(STEPS)):
            noisy, clean = self.level(i)
            self.banks[i] = {}
            with self._holding(record=self.banks[i]):
                e = self._network(z, 981 - 20 * i, self.given["text_embedding"])
            x0 = (z - self.root(1 - clean) * e) / self.root(clean)
            z = self.root(noisy) * x0 + self.root(1 - noisy) * e
            self.latents.append(z)

    def _start(self) -> Tensor:
        z = self.latents[-1]
        if self.settings["mode"] == "landmark":
            return z
        dx, dy = self._shift()
        by = (int(dy / 8), int(dx / 8))
        there = nearest(self.given["mask"].bool(), z.shape[-2:]).roll(by, (-2, -1))
        return torch.where(there, z.roll(by, (-2, -1)), z)

    def _shift(self) -> tuple[int, int]:
        (x0, y0), (x1, y1) = self.settings["point_from_xy"], self.settings["point_to_xy"]
        return x1 - x0, y1 - y0

    def _step(self, z: Tensor, i: int) -> Tensor:
        noisy, clean = self.level(i)
        tokens = self._context()
        bank = self.banks[i] if i >= 5 else None
        prompt = self.settings["image_prompt_scale"] if 10 <= i < 20 else 0.0
        with (
            torch.no_grad(),
            self._holding(bank=bank, append=self.settings["mode"] == "landmark", prompt=prompt),
        ):
            u, c = self._network(z.expand(2, -1, -1, -1), 981 - 20 * i, tokens).split(1)
        e = u + self.settings["guidance_scale"] * (c - u)
        guided = e + self._guidance(z, i) if i < GUIDED and (i < 10 or i % 2 == 0) else e
        x0 = (z - self.root(1 - noisy) * guided) / self.root(noisy)
        after = self.root(clean) * x0 + self.root(1 - clean) * e
        if not 10 < i < 20:
            return after
        deviation = self.settings["sde_strength"] * self.root(
            (1 - clean) / (1 - noisy) * (1 - noisy / clean)
        )
        fresh = self.root(clean) * x0 + self.root(1 - clean - deviation**2) * e
        fresh = fresh + deviation * self.given["sde_noise"][i - 11 : i - 10]
        return torch.where(self._region(z), fresh, after)

    def _region(self, z: Tensor) -> Tensor:
        """Where fresh noise goes."""
        if self.settings["mode"] == "landmark":
            return torch.ones(z.shape[-2:], dtype=torch.bool)
        source, moved = self._masks(z)
        return nearest(source | moved, z.shape[-2:])

    @torch.no_grad()
    def _back(self, z: Tensor, i: int) -> Tensor:
        noisy, clean = self.level(i)
        e = self._network(z, max(961 - 20 * i, 0), self._context()[1:])
        return (
            self.root(noisy) * (z - self.root(1 - clean) * e) / self.root(clean)
            + self.root(1 - noisy) * e
        )

    def _guidance(self, z: Tensor, i: int) -> Tensor:
        leaf = z.detach().requires_grad_(True)
        now = self._features(leaf, i)
        with torch.no_grad():
            then = self._features(self.latents[STEPS - i], i)
        scale = self.settings["energy_scale"]
        if self.settings["mode"] == "landmark":
            (gradient,) = torch.autograd.grad(scale * self._landmark_energy(now, then), leaf)
            return 0.04 * gradient
        edit, content = self._move_energies(z, now, then)
        (inner,) = torch.autograd.grad(scale * edit, leaf, retain_graph=True)
        (outer,) = torch.autograd.grad(scale * content, leaf)
        return 0.08 * torch.where(nearest(self._masks(z)[1], z.shape[-2:]), inner, outer)

    def _masks(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """On the grid: where the object is, and where it goes."""
        source = nearest(self.given["mask"].bool(), (2 * z.shape[-2], 2 * z.shape[-1]))
        dx, dy = self._shift()
        return source, source.roll((dy // 4, dx // 4), (-2, -1))

    def _move_energies(
        self, z: Tensor, now: list[Tensor], then: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        source, moved = self._masks(z)
        other, left = ~(source | moved), source & ~moved
        like = nearest(self.given["mask_reference"].bool(), (2 * z.shape[-2], 2 * z.shape[-1]))
        w = {
            name: self.settings[f"w_{name}"] for name in ("edit", "content", "contrast", "inpaint")
        }
        edit, content = z.new_zeros(()), z.new_zeros(())
        for f, r in zip(now, then, strict=True):
            edit = edit + 0.5 * w["edit"] / (1 + 4 * _cos(f[:, moved], r[:, source]).mean())
            content = content + 0.5 * w["content"] / (1 + 4 * _cos(r[:, other], f[:, other]).mean())
            content = content + 0.5 * w["contrast"] * _unit(_cos(f[:, left], r[:, left])).mean()
            means = _cos(f[:, left].mean(1), r[:, like].mean(1))
            content = content + w["inpaint"] / (1 + 4 * _unit(means))
        return edit, content

    def _landmark_energy(self, now: list[Tensor], then: list[Tensor]) -> Tensor:
        pairs = list(
            zip(self.settings["points_from_xy"], self.settings["points_to_xy"], strict=True)
        )
        total = now[0].new_zeros(())
        for f, r in zip(now, then, strict=True):
            for start, end in pairs:
                alike = _cos(_patch(f, end), _patch(r, start))
                total = total + self.settings["w_edit"] / (1 + 4 * _unit(alike).mean())
        return total / (LAYERS * len(pairs))

    def _features(self, z: Tensor, i: int) -> list[Tensor]:
        """up_blocks[1] and [2] on the grid, each (c, rows, columns)."""
        found: list[Tensor] = []

        def note(_module: Any, _inputs: Any, output: Tensor) -> None:
            found.append(output)
            if len(found) == LAYERS:
                raise _Seen

        hooks = [self.unet.up_blocks[k].register_forward_hook(note) for k in (1, 2)]
        try:
            self._network(z, 981 - 20 * i, self.given["text_embedding"])
        except _Seen:
            pass
        finally:
            for hook in hooks:
                hook.remove()
        return [nearest(f[0], (2 * z.shape[-2], 2 * z.shape[-1])) for f in found]

    def _context(self) -> Tensor:
        rows = [(self.given["uncond_embedding"], self.given["image_tokens_uncond"])]
        rows.append((self.given["text_embedding"], self.given["image_tokens"]))
        return torch.cat([torch.cat(row, 1) for row in rows])

    def _network(self, z: Tensor, t: int, context: Tensor) -> Tensor:
        return self.unet(z, t, encoder_hidden_states=context, return_dict=False)[0]

    @contextmanager
    def _holding(self, **what: Any) -> Iterator[None]:
        before = {name: getattr(self.attention, name) for name in what}
        vars(self.attention).update(what)
        try:
            yield
        finally:
            vars(self.attention).update(before)


def _patch(features: Tensor, point: tuple[int, int]) -> Tensor:
    """(c, 9) around a point in pixels, kept inside."""
    _, rows, columns = features.shape
    x, y = min(max(point[0] // 4, 1), columns - 2), min(max(point[1] // 4, 1), rows - 2)
    return features[:, y - 1 : y + 2, x - 1 : x + 2].flatten(1)
