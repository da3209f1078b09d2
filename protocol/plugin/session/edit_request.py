# SPDX-License-Identifier: Apache-2.0
"""What was submitted of an edit: the one value that plan, job and result refer to, whatever is set on a form since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...edits import Drags, EditModel, Number
from ..moving import moved_params


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """An edit with complete plain parameters, of the layer `source` ("" is the active one) seen on those `under` it."""

    model: EditModel
    params: Mapping[str, Any]
    source: str = ""
    under: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        model: EditModel,
        params: Mapping[str, object],
        source: str = "",
        under: tuple[str, ...] = (),
    ) -> EditRequest:
        """Complete the parameters; raises ParamError for those that are not possible."""
        plain = model.plain(model.parse(params))
        return cls(model=model, params=plain, source=source, under=under)

    @property
    def kind(self) -> str:
        """Which edit it is."""
        return self.model.kind

    def with_params(self, params: Mapping[str, object]) -> EditRequest:
        """The same edit of the same layer; raises ParamError for parameters that are not possible."""
        return EditRequest.of(self.model, params, self.source, self.under)

    def is_of_same_layer(self, other: EditRequest | None) -> bool:
        """Whether both are the same edit of the same picture, whatever their parameters."""
        return other is not None and replace(self, params=other.params) == other

    def moved(self, dx: int, dy: int) -> EditRequest:
        """The same, where the picture lies now."""
        return self.with_params(moved_params(self.model, self.params, dx, dy))

    def can_become(self, after: EditRequest) -> bool:
        """Whether a running job can take over the difference: handles and amounts, but no words or models."""
        fields = self.model.fields
        changed = [name for name in fields if self.params.get(name) != after.params.get(name)]
        return all(isinstance(fields[name], (Drags, Number)) for name in changed)

    def difference(self, after: EditRequest) -> dict[str, Any]:
        """The parameters that are new or other in `after`."""
        before = self.params
        return {
            name: value
            for name, value in after.params.items()
            if name not in before or before[name] != value
        }
