"""The names of members by their codes: kept in memory for levels of few members, looked up for the others."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
import polars as pl

from cubes.cells.cell_arrays import OTHERS, ROLLED_UP
from data.store.warehouse import Warehouse

FEW = 200_000
APART = 10  # looking one code up costs what reading ten members in a row does


@dataclass(frozen=True, slots=True)
class MemberLabels:
    """Ids and labels from the code `least` on, and after the last one two empty places: for Others, and for what is
    rolled up. Where each id is its label there are no others.

    `least` is 0, or less where days lie before 1970. `ranks` says where each name stands among all, in alphabetical
    order; members of one name share a rank. `doubled` marks these; None where there are none.
    """

    ids: pl.Series | None
    labels: pl.Series
    ranks: np.ndarray
    doubled: np.ndarray | None
    least: int

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Where the names of these codes stand (uint32); days have no Others."""
        if not self.least and codes.min(initial=0) >= 0:
            return codes.astype(np.uint32)
        special = codes < 0 if not self.least else codes == ROLLED_UP
        return np.where(special, len(self.labels) + codes, codes - self.least).astype(np.uint32)


class MemberNames:
    """The members of one snapshot. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._kept: dict[str, MemberLabels] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self._lock = Lock()

    def of(self, level: str, codes: np.ndarray) -> tuple[pl.Series, pl.Series]:
        """Label and id of each code, called `<level>` and `<level>.id`; OTHERS and what is rolled up have none."""
        if not self._is_small(level):
            return self._looked_up(level, codes)
        named = self._all(level)
        places = pl.Series(named.places(codes))
        label = named.labels[places]
        return label, named.ids[places] if named.ids is not None else label.alias(f"{level}.id")

    def find(self, level: str, identity: str) -> tuple[int, str] | None:
        """The code and label of the member of that id, where the level has few members and one of them that id."""
        if not self._is_small(level):
            return None
        known = self._codes.get(level)
        if known is None:
            named = self._all(level)
            ids = named.labels if named.ids is None else named.ids
            known = self._codes[level] = {each: at for at, each in enumerate(ids) if each is not None}
        at, named = known.get(identity), self._all(level)
        return None if at is None else (at + named.least, str(named.labels[at]))

    def places_by_name(self, level: str, codes: np.ndarray) -> np.ndarray | None:
        """Where the name of each code stands in alphabetical order.

        None where two of these members bear the same name, or where not all names are known at once.
        """
        if not self._is_small(level):
            return None
        named = self._all(level)
        ranks: np.ndarray = named.ranks[codes]
        if named.doubled is not None and named.doubled[codes].any():
            shown = np.unique(codes[codes >= 0])
            if len(np.unique(named.ranks[shown])) < len(shown):
                return None
        return ranks

    def _is_small(self, level: str) -> bool:
        return self._warehouse.profile.members.get(level, 0) <= FEW

    def _all(self, level: str) -> MemberLabels:
        found = self._kept.get(level)
        if found is None:
            with self._lock:
                found = self._kept[level] = self._read(level)
        return found

    def _read(self, level: str) -> MemberLabels:
        rows = self._warehouse.rows("SELECT code, id, label FROM member WHERE level = ?", [level])
        least = min((code for code, _, _ in rows if code < 0), default=0)
        size = max((code for code, _, _ in rows), default=-1) + 1 - least
        if size > 50 * FEW:
            raise ValueError(f"codes of {level} lie from {least} to {size + least - 1}")
        ids: list[str | None] = [None] * (size - ROLLED_UP)
        labels: list[str | None] = [None] * (size - ROLLED_UP)
        for code, identity, label in rows:
            ids[code - least], labels[code - least] = identity, label
        names = pl.Series(level, labels, pl.String)
        identities = None if ids == labels else pl.Series(f"{level}.id", ids, pl.String)
        ranks = names.rank("dense").fill_null(0).cast(pl.Int32).to_numpy()
        doubled = (np.bincount(ranks)[ranks] > 1) & (ranks > 0)
        return MemberLabels(identities, names, ranks, doubled if doubled.any() else None, least)

    def _looked_up(self, level: str, codes: np.ndarray) -> tuple[pl.Series, pl.Series]:
        wanted = pl.DataFrame({"code": codes.astype(np.int32)})
        known = self._near(level, wanted["code"].filter(wanted["code"] > OTHERS).unique().sort().to_numpy())
        found = wanted.join(known, on="code", how="left", maintain_order="left")
        return found["label"].alias(level), found["id"].alias(f"{level}.id")

    def _near(self, level: str, codes: np.ndarray) -> pl.DataFrame:
        """Code, id and label of these codes (ascending), and where they lie close together of those in between."""
        values: list[object]
        if len(codes) and codes[-1] - codes[0] < APART * len(codes):
            among, values = "BETWEEN ? AND ?", [int(codes[0]), int(codes[-1])]
        else:
            among, values = "IN (SELECT unnest(?::INTEGER[]))", [codes.tolist()]
        sql = f"SELECT code, id, label FROM member WHERE level = ? AND code {among}"
        return self._warehouse.frame(sql, [level, *values])


def names_of(warehouse: Warehouse) -> MemberNames:
    """The names of this snapshot's members."""
    if "names" not in warehouse.beside:
        warehouse.beside["names"] = MemberNames(warehouse)
    found: MemberNames = warehouse.beside["names"]
    return found
