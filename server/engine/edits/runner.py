# SPDX-License-Identifier: Apache-2.0
"""What every edit can be asked for. A runner is found in the one table, `runners.py`; its module imports no torch.

What an edit's inversion depends on is said by its description (`INVERTED_BY`) and becomes part of the key under
which the runner keeps it (`inversion_store`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from protocol.edits import Edit
from protocol.sentences import say
from server.engine.api import EngineError, Layer, Pictures, Plan, Ready, Rect, Result, Size
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import ModelKind
from server.engine.timing.learned import LearnedTimes

if TYPE_CHECKING:  # these know torch, which the quick worker does not load
    from server.engine.inversion_store import InversionStore
    from server.engine.model_cache import ModelCache
    from server.engine.step_watch import Watch

E = TypeVar("E", bound=Edit)
E_contra = TypeVar("E_contra", bound=Edit, contravariant=True)


@dataclass(frozen=True, kw_only=True)
class PlanContext:
    """What a plan is made from besides the edit: which models there are, how long things take here, what is loaded."""

    catalogue: Catalogue
    times: LearnedTimes
    ready: Ready


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What an edit is done with: the worker's models and inversions, and whoever watches this job."""

    models: ModelCache
    inversions: InversionStore
    watch: Watch


class EditRunner(Protocol[E_contra]):
    """How one edit is planned, looked at, prepared and done.

    All methods raise EngineError, with a code and a sentence for the artist, for what cannot be done.
    """

    @property
    def models(self) -> ModelKind:
        """The kind of model that it works with."""
        ...

    @property
    def own_inputs(self) -> frozenset[str]:
        """Roles of pictures that belong to the very edit that was asked for, such as the frames of an earlier run:
        when the artist changes the edit while it runs, it begins anew without them."""
        ...

    def plan(
        self, edit: E_contra, *, document: Size, selection: Rect | None, context: PlanContext
    ) -> Plan:
        """What it will read, change and cost, from geometry alone."""
        ...

    def check(self, edit: E_contra, pictures: Pictures, catalogue: Catalogue) -> None:
        """Nothing, or the refusal that `run` begins with as soon as it sees the pictures."""
        ...

    def preview(self, edit: E_contra, pictures: Pictures, catalogue: Catalogue) -> Layer:
        """The result as it can be shown at once, without any model. Raises EngineError (op.unsupported) for an edit
        that nothing can be shown of."""
        ...

    def prepare(self, edit: E_contra, pictures: Pictures, context: RunContext) -> Result:
        """Do and keep what `run` need not do again; layers, if any, are to be looked at only.

        Raises Cancelled when the artist stopped.
        """
        ...

    def run(self, edit: E_contra, pictures: Pictures, context: RunContext) -> Result:
        """Do it. Raises Cancelled when the artist stopped, and Renewed when the edit was changed so that it has to
        begin anew; a change that the result takes over is no reason to raise."""
        ...


def not_known(edit: Edit) -> EngineError:
    """What is said of an edit that this engine cannot do; a newer program may have sent it."""
    return EngineError("op.unsupported", say("kind.newer", edit=f"edit.{edit.KIND}"))


def of_same_kind(edit: E, newer: Edit) -> E:
    """What an edit was changed to. Raises EngineError when that is another edit altogether."""
    if type(newer) is not type(edit):
        raise not_known(newer)
    return cast("E", newer)
