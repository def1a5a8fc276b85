"""What a policy leaves of a cube's cells: its cuts as filters, which every question is given before it is planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from cubes.cells.reason import Because, Reason
from cubes.cells.scope import Filter, Scope
from cubes.model import Cube
from data.model.canonical_tables import FACT
from data.store.warehouse import Warehouse


class PolicyReason(Reason):
    """Why a policy keeps what is counted beforehand from answering."""

    CUT = ("the policy cuts rows by {}, which it does not tell apart",)
    NOT_IN_CUBE = ("the policy cuts rows by {}, which this cube does not know",)
    FOLLOWS = ("what follows from rows that the policy hides is found anew",)
    AS_THEY_WERE = ("the policy cuts rows by what members were at each row",)


@dataclass(frozen=True)
class AllowedCells:
    """One cube of a snapshot as the policy of whoever asks shows it.

    Lines are read through the snapshot's own views and are cut already. What is counted beforehand holds all lines:
    it is read with the filters of the policy, or not at all.
    """

    warehouse: Warehouse
    cube: Cube

    @property
    def is_limited(self) -> bool:
        """Whether the policy cuts rows."""
        return bool(self.warehouse.policy.rows)

    @cached_property
    def filters(self) -> tuple[Filter, ...] | None:
        """The policy's cuts in the cube's terms; None where the cube does not know a level of them."""
        known = {each.name for each in self.cube.levels}
        if any(cut.level not in known for cut in self.warehouse.policy.rows):
            return None
        codes = self.warehouse.codes_of_cuts
        return tuple(Filter(cut.level, codes[cut], cut.exclude) for cut in self.warehouse.policy.rows)

    def within(self, scope: Scope) -> Scope:
        """The scope with the policy's filters, where members are described as they were at each line."""
        if not self.filters or scope.as_of is not None:
            return scope
        return replace(
            scope, filters=(*scope.filters, *(each for each in self.filters if each not in scope.filters))
        )

    def without(self, scope: Scope) -> Scope:
        """The scope as if everything were allowed."""
        return replace(
            scope, filters=tuple(each for each in scope.filters if each not in (self.filters or ()))
        )

    def knows_aggregates(self, scope: Scope) -> bool:
        """Whether what is counted beforehand may be read for this scope."""
        return not self.is_limited or (
            self.filters is not None and scope.as_of is None and not self._follows_from_others
        )

    @property
    def _follows_from_others(self) -> bool:
        return FACT[self.cube.fact].is_derived

    def why_not(self, scope: Scope) -> Because:
        """Why something counted beforehand does not answer under the policy."""
        if self._follows_from_others:
            return Because(PolicyReason.FOLLOWS)
        levels = tuple(dict.fromkeys(cut.level for cut in self.warehouse.policy.rows))
        if self.filters is None:
            return Because(PolicyReason.NOT_IN_CUBE, (levels,))
        return Because(PolicyReason.CUT if scope.as_of is None else PolicyReason.AS_THEY_WERE, (levels,))
