# SPDX-License-Identifier: Apache-2.0
"""Attention rules: installed on a stock network's own processors by a context manager, gone afterwards.

Whatever processor is there keeps doing the work; it is handed a *view* of its attention layer whose key,
value and output projections pass through the rules. No fork of the network, no change of its modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from server.engine.diffusion.family import Family, Site

_ABSENT = object()
KeysValues = Callable[[], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Place:
    """Where a rule is being asked: which layer, on which token grid (h, w), with how many rows."""

    site: Site
    grid: tuple[int, int]
    rows: int

    @property
    def name(self) -> str:
        return self.site.name


class Rule(Protocol):
    """What holds on the attention layers of one role during one evaluation."""

    @property
    def role(self) -> str: ...

    def keys_values(self, place: Place, own: KeysValues) -> tuple[Tensor, Tensor]:
        """Keys and values to use, each (rows, tokens, channels). ``own()`` computes the layer's; it may be skipped."""
        ...

    def bias(self, place: Place, like: Tensor) -> Tensor | None:
        """Added to the attention scores: (queries, keys) in ``like``'s dtype and device, or None."""
        ...

    def output(self, place: Place, query: Tensor, hidden: Tensor) -> Tensor:
        """The attention's result before the output projection, (rows, queries, channels)."""
        ...


@contextmanager
def attention_rules(family: Family, rules: Sequence[Rule], latent: Sequence[int]) -> Iterator[None]:
    """Holds ``rules`` (first one innermost) while the body runs; ``latent`` is the shape (b, c, h, w).

    Restores the very processor objects that were there, also when the body raises.
    """
    chains: dict[str, tuple[Place, list[Rule]]] = {}
    for rule in rules:
        for site in family.sites(rule.role):
            place = Place(site, site.grid((latent[2], latent[3])), latent[0])
            chains.setdefault(site.name, (place, []))[1].append(rule)
    previous: list[tuple[dict[str, Any], Any]] = []
    try:
        for place, chain in chains.values():
            # An instance attribute hides a processor of either kind (plain object, or registered submodule),
            # so that the module's children and state are untouched even while the rules hold.
            attributes = vars(place.site.module)
            processor: Any = place.site.module.processor
            previous.append((attributes, attributes.get("processor", _ABSENT)))
            attributes["processor"] = _Ruled(processor, place, chain)
        yield
    finally:
        for attributes, processor in reversed(previous):
            if processor is _ABSENT:
                del attributes["processor"]
            else:
                attributes["processor"] = processor


@dataclass(frozen=True)
class _Ruled:
    """A processor around a processor."""

    inner: Callable[..., Tensor]
    place: Place
    rules: Sequence[Rule]

    def __call__(self, attn: Any, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if getattr(attn, "fused_projections", False):
            raise ValueError(
                f"{self.place.name} has fused query/key/value projections; "
                "call unfuse_qkv_projections() on the network before editing with it"
            )
        view = _View(attn, self.place, self.rules)
        mask = view.score_bias(hidden_states)
        if mask is not None:
            kwargs["attention_mask"] = mask
        return self.inner(view, hidden_states, *args, **kwargs)


@dataclass
class _View:
    """An attention layer as its processor sees it while rules hold: the layer, but for four things."""

    layer: Any
    place: Place
    rules: Sequence[Rule]
    query: Tensor | None = None
    values: Tensor | None = None
    scores: Tensor | None = None
    to_out: list[Callable[[Tensor], Tensor]] = field(init=False)

    def __post_init__(self) -> None:
        project, *rest = list(self.layer.to_out)
        self.to_out = [lambda hidden: project(self._mixed(hidden)), *rest]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)

    def to_q(self, hidden: Tensor) -> Tensor:
        query: Tensor = self.layer.to_q(hidden)
        self.query = query
        return query

    def to_k(self, context: Tensor) -> Tensor:
        def chained(rule: Rule, inner: KeysValues) -> KeysValues:
            return lambda: rule.keys_values(self.place, inner)

        current: KeysValues = lambda: (self.layer.to_k(context), self.layer.to_v(context))  # noqa: E731
        for rule in self.rules:
            current = chained(rule, current)
        keys, self.values = current()
        return keys

    def to_v(self, _context: Tensor) -> Tensor:
        if self.values is None:
            raise RuntimeError(f"the processor of {self.place.name} asked for values before keys")
        return self.values

    def score_bias(self, like: Tensor) -> Tensor | None:
        """The sum of the rules' biases, kept for when the processor asks for its prepared mask."""
        for rule in self.rules:
            bias = rule.bias(self.place, like)
            if bias is not None:
                self.scores = bias if self.scores is None else self.scores + bias
        return self.scores

    def prepare_attention_mask(
        self, mask: Tensor | None, *args: Any, **kwargs: Any
    ) -> Tensor | None:
        if self.scores is None:
            return self.layer.prepare_attention_mask(mask, *args, **kwargs)
        return self.scores[None].expand(self.place.rows * self.layer.heads, -1, -1)

    def _mixed(self, hidden: Tensor) -> Tensor:
        if self.query is None:
            raise RuntimeError(f"the processor of {self.place.name} made no query")
        for rule in self.rules:
            hidden = rule.output(self.place, self.query, hidden)
        return hidden
