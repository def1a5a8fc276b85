"""The one door to storage: read a frame, save a finding, ask which snapshot it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from data import environment
from data.access.acting import acting
from data.access.allowed_rows import Rows, allowed_rows
from data.access.deed import Deed
from data.access.policy import UNLIMITED, Policy
from data.access.row_cut import RowCut
from data.cluster import published_manifest
from data.connection import Connection
from data.errors import BadRequest, WarehouseError, did_you_mean
from data.model import segmentation, warehouse_profile
from data.model.canonical_tables import (
    DIMENSION,
    DIMENSIONS,
    LEFT_EMPTY_KNOWN,
    UNKNOWN,
    DimensionTable,
    create_statements,
)
from data.model.fact_extent import Extent as Extent
from data.model.segmentation import Segmentation as Segmentation
from data.model.warehouse_profile import FINDING as FINDING
from data.model.warehouse_profile import Attribute as Attribute
from data.model.warehouse_profile import Profile as Profile
from data.store import duckdb_engine as engine
from data.store import (
    end_of_write,
    extension,
    member_codes,
    publication,
    saved_findings,
    schema_release,
    unfollowed,
    warehouse_id,
)
from data.store.attribute_names import is_attribute_name
from data.store.migrations import up_to_date
from data.store.publication import Instead
from data.store.saved_findings import StatedFinding

if TYPE_CHECKING:
    from data.cluster.spark_cluster import SparkCluster


CLUSTER = "cluster"
_OPENING_CLUSTER = threading.Lock()


def is_there(path: Path) -> bool:
    """Whether anything lies at `path`. Raises WarehouseError where that may not be looked at."""
    try:
        return path.exists()
    except OSError as error:
        raise WarehouseError(
            f"The warehouse {path} cannot be opened: {error.strerror or error}.",
            "Name another file with CLIENTELA_WAREHOUSE or --warehouse.",
        ) from error


def current_version(path: Path) -> str:
    """The version of the snapshot that is published now. Raises WarehouseError where there is none."""
    if is_there(path) and path.is_dir():
        raise WarehouseError(
            f"{path} is a folder, not a warehouse.",
            f"Name a file in it, such as {path / 'clientela.duckdb'}.",
        )
    if not is_there(path):
        raise WarehouseError(
            f"There is no warehouse at {path}.",
            "Make one with 'python -m data demo' or 'python -m data load MAPPING.toml'.",
        )
    return engine.version(path)


class Warehouse:
    """One published snapshot, open for reading. `beside` is what its readers keep of it, by names of their own;
    what stands in `before_closing` is called before it is closed.

    `policy` says for whom: SQL then reads what it leaves of each table. `version` tells apart snapshots and what
    policies show of them, `snapshot` snapshots alone. `whole` is the same without a policy: what is counted beforehand
    holds all rows and is read there, cut by the engine itself.

    Errors: WarehouseError when there is no such file, or it is not a warehouse.
    """

    policy: Policy = UNLIMITED
    is_published = True
    codes_of_cuts: Mapping[RowCut, tuple[int, ...]] = MappingProxyType({})
    _unlimited: Warehouse | None = None

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or environment.warehouse()
        current_version(self.path)
        self._whole = engine.Reader(self.path.resolve())
        self._reader: engine.Reader | engine.ViewReader = self._whole
        self.snapshot = self.version = self._whole.version
        up_to_date.check(self._whole.rows, self.path)
        self.beside: dict[Hashable, Any] = {}
        self.before_closing: list[Callable[[], None]] = []

    def under(self, policy: Policy) -> Warehouse:
        """The same snapshot as a person sees it. Errors: BadInput where the policy fits no warehouse."""
        found = copy(self)
        found.__dict__.pop("profile", None)
        found.policy = policy
        if policy.is_unlimited:
            found.codes_of_cuts, found._reader = MappingProxyType({}), self._whole
            found.beside, found.version, found._unlimited = self.whole.beside, self.snapshot, None
            return found
        allowed = allowed_rows(self._whole.rows, policy, _tables(self._whole.rows))
        found.beside, found.codes_of_cuts, found.before_closing = {}, allowed.codes, []
        found.version, found._unlimited = f"{self.snapshot}+{policy.print}", self.whole
        found._reader = engine.ViewReader(self._whole, allowed.kept, allowed.views)
        return found

    @property
    def cluster(self) -> SparkCluster | None:
        """What counts lines and large roll-ups in the place of this process; None where none is set up.

        Errors: WarehouseError where it is away, or this very snapshot is not published to it; BadInput.
        """
        address = environment.engine()
        if address is None:
            return None
        with _OPENING_CLUSTER:
            if CLUSTER not in self.whole.beside:
                from data.cluster.spark_cluster import SparkCluster

                folder = environment.published()
                manifest = published_manifest.opened(folder, self.snapshot, schema_release.SCHEMA)
                self.whole.beside[CLUSTER] = SparkCluster(address, folder, manifest)
        found: SparkCluster = self.whole.beside[CLUSTER]
        return found

    @property
    def levels_cut(self) -> frozenset[str]:
        """The levels by which the policy cuts rows."""
        return frozenset(cut.level for cut in self.codes_of_cuts)

    @property
    def whole(self) -> Warehouse:
        """The same snapshot as nobody is kept from it."""
        return self._unlimited or self

    @cached_property
    def profile(self) -> Profile:
        return warehouse_profile.read(self.rows, self.version)

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        return self._reader.frame(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._reader.rows(sql, parameters)

    def arrays(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, np.ndarray]:
        """One array a column, masked where it has nulls: the way of many numbers."""
        return self._reader.arrays(sql, parameters)

    def keep_beside(self, name: str, sql: str) -> str:
        """Keep what `sql` finds in the whole snapshot, in its order, as long as it is open here; how SQL reads it.

        Errors: WarehouseError where there is no room for it.
        """
        return self._whole.keep_beside(name, sql)

    def close(self) -> None:
        for each in self.before_closing:  # who reads it in threads of their own
            each()
        self._reader.close()
        if CLUSTER in self.beside:
            self.beside.pop(CLUSTER).close()


def _tables(rows: Rows) -> dict[str, list[str]]:
    """The columns of each table."""
    return dict(
        rows(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE database_name = 'snapshot'"
            " AND schema_name = 'main' GROUP BY table_name"
        )
    )


@contextmanager
def asking(path: Path) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """A snapshot of this release or an earlier one, asked a few things at once: SQL and parameters in, tuples out.

    Errors: WarehouseError.
    """
    current_version(path)
    reader = engine.Reader(path.resolve())
    try:
        schema_release.refuse_others(reader.rows, path)
        yield reader.rows
    finally:
        reader.close()


@contextmanager
def writing(path: Path, deed: str = "changed", needs: Deed | None = Deed.LOAD) -> Iterator[Connection]:
    """A connection in one transaction on the next snapshot, which is published whole at the end or never.

    `deed` says in a few words what is done, `needs` what whoever acts must be allowed to do (None: that was seen to
    before). An absent warehouse is made first, empty, and one of an earlier release brought up to date; codes and
    members are derived at the end. Errors: NotAllowed, WarehouseError.
    """
    with publication.publishing(path, deed, needs=needs) as connection:
        if engine.is_empty(connection):
            for statement in create_statements():
                connection.execute(statement)
            up_to_date.declare(connection)
            connection.execute("INSERT INTO setting VALUES (?, 'known')", [LEFT_EMPTY_KNOWN])
            for table in DIMENSIONS:
                member_codes.unknown_member(connection, table)
        up_to_date.bring(connection)
        warehouse_id.ensure(connection)
        yield connection
        extension.take_in(connection, path)
        end_of_write.complete(connection)
        if not unfollowed.is_left(connection):
            extension.conclude(connection, path)


@contextmanager
def replacing(path: Path, deed: str, instead: Instead, needs: Deed = Deed.LOAD) -> Iterator[Connection]:
    """The same on a whole other snapshot, which takes the place of the warehouse as it is, or brought up to date
    with what follows from its lines."""
    with publication.publishing(path, deed, instead, needs) as connection:
        if up_to_date.bring(connection) or unfollowed.is_left(connection):
            end_of_write.complete(connection)
        yield connection
        extension.conclude(connection, path)


def follow(path: Path) -> bool:
    """Bring up to date what a publication of many lines left (see `unfollowed`), which stays the same publication.

    False where nothing is left. Errors: WarehouseError.
    """

    def derive(connection: Connection) -> None:
        end_of_write.complete(connection)
        extension.conclude(connection, path)

    return is_unfollowed(path) and publication.put_up_again(path, lambda: is_unfollowed(path), derive)


def is_unfollowed(path: Path) -> bool:
    """Whether the snapshot at `path` left anything to be followed; False where there is none of this release."""
    if not is_there(path) or path.is_dir():
        return False
    reader = engine.Reader(path.resolve())
    try:
        is_of_now = schema_release.number(reader.rows) == schema_release.SCHEMA
        return is_of_now and unfollowed.through_batch(reader.rows) is not None
    finally:
        reader.close()


def save_attribute(
    path: Path,
    dimension: str,
    name: str,
    label: str,
    members: Mapping[str, str],
    formed: Segmentation | None = None,
    standing_on: Sequence[Segmentation] | None = None,
) -> int:
    """Keep a finding as an attribute, so that it can be drilled: the value of each member, by its id in the cube.

    Before the close of the day on which it was `formed` members read (not yet formed), or what an earlier finding of
    that name said of them; where the day is not known, it stands for all time. Members that are not named read
    (unknown). Returns the number of members with a value. Raises BadRequest for a name that cannot be one or is
    taken, and for members that there are not; ChangedMeanwhile where what is saved under the name is not what whoever
    saves is `standing_on` any more.

    Formed by a person whose roles cut rows, its label says so, and no finding of more rows is replaced.
    """
    with _saving(path, dimension, name, label) as (connection, table):
        saved_findings.refuse_overtaken(connection, name, standing_on, formed)
        if formed is None:
            _fill(connection, table, name, members)
        else:
            _form(connection, table, name, [(formed, members)])
    return len(members)


def save_history(
    path: Path,
    dimension: str,
    name: str,
    label: str,
    formings: Sequence[tuple[Segmentation, Mapping[str, str]]],
    standing_on: Sequence[Segmentation] | None = None,
) -> int:
    """Keep a finding that was formed anew on several days: each member reads what was found last before each fact.

    Returns how many members have a value on the last day. Raises BadRequest, ChangedMeanwhile as `save_attribute`.
    """
    with _saving(path, dimension, name, label) as (connection, table):
        saved_findings.refuse_overtaken(connection, name, standing_on, formings[-1][0])
        _form(connection, table, name, sorted(formings, key=lambda each: each[0].formed_on))
    return len(max(formings, key=lambda each: each[0].formed_on)[1])


@contextmanager
def _saving(path: Path, dimension: str, name: str, label: str) -> Iterator[tuple[Any, DimensionTable]]:
    current_version(path)
    table = DIMENSION.get(dimension)
    if table is None or table.leaf is None:
        raise BadRequest(
            f"A finding cannot belong to {dimension!r}.", did_you_mean(dimension, ("customer", "product"))
        )
    if not is_attribute_name(name):
        raise BadRequest(
            f"A finding cannot be called {name!r}.",
            "Use small letters, digits and underscores, a letter first, and no name of a level or measure.",
        )
    by = _by_whom()
    with writing(path, f"segment {name} saved", Deed.WRITE) as connection:
        _refuse_others(connection, name, by)
        saved_findings.claim_attribute(connection, table, name, f"{label}{by}")
        yield connection, table


def _by_whom() -> str:
    """What the label of a finding says where it was formed of some rows alone: by whom, and of which."""
    who = acting()
    return f" ({who.person}: {who.policy.words})" if who.policy.rows else ""


def _refuse_others(connection: Connection, name: str, by: str) -> None:
    """Raises BadRequest for a finding of more or other rows than its label says: members outside would lose theirs."""
    found = connection.execute(
        "SELECT label FROM attribute WHERE name = ? AND origin = ?", [name, FINDING]
    ).fetchall()
    if found and not found[0][0].endswith(by):
        raise BadRequest(
            f"{name!r} was formed of more, or of other customers than you see.", "Save it under another name."
        )


def remove_attribute(path: Path, name: str, standing_on: Sequence[Segmentation] | None = None) -> None:
    """Take a saved finding away again. Raises BadRequest where there is none of that name; ChangedMeanwhile."""
    current_version(path)
    with writing(path, f"segment {name} removed", Deed.WRITE) as connection:
        found = connection.execute(
            "SELECT dimension FROM attribute WHERE name = ? AND origin = ?", [name, FINDING]
        ).fetchall()
        if not found:
            raise BadRequest(f"No finding {name!r} is saved.", "There is nothing to remove.")
        _refuse_others(connection, name, _by_whom())
        saved_findings.refuse_overtaken(connection, name, standing_on, None)
        for (dimension,) in found:
            saved_findings.drop_attribute(connection, DIMENSION[dimension], name)


def _fill(connection: Connection, table: DimensionTable, name: str, members: Mapping[str, str]) -> None:
    """One value a member, for all time."""
    saved_findings.undate(connection, table, name)
    _give(connection, table, [(None, members)])
    connection.execute(f"UPDATE {table.name} SET {name} = '{UNKNOWN}'")
    connection.execute(
        f"UPDATE {table.name} AS t SET {name} = formed.value FROM formed WHERE t.{table.code} = formed.code"
    )


def _form(
    connection: Connection,
    table: DimensionTable,
    name: str,
    formings: Sequence[tuple[Segmentation, Mapping[str, str]]],
) -> None:
    """The values of members from when each was found; what was found before all of these stays."""
    first = formings[0][0].formed_on
    before = segmentation.first_days(connection).get(name)
    _give(connection, table, [(each.since, members) for each, members in formings])
    kept = before is not None and before < first
    saved_findings.state_anew(connection, table, StatedFinding(name, first, kept))
    segmentation.keep(connection, name, [each for each, _ in formings])


def _give(
    connection: Connection,
    table: DimensionTable,
    formings: Sequence[tuple[datetime | None, Mapping[str, str]]],
) -> None:
    """`formed` (code, since, value): what was found of each member, where it is not what was found before."""
    saved_findings.nothing_formed(connection)
    said: dict[str, str] = {}
    for since, members in formings:
        now = {**dict.fromkeys(said.keys() - members.keys(), UNKNOWN), **members}
        fresh = {id: value for id, value in now.items() if said.get(id, UNKNOWN) != value}
        known = connection.execute(
            """INSERT INTO formed SELECT code, ?, value
            FROM (SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS value)
            JOIN (FROM member WHERE level = ?) USING (id)""",
            [since, list(fresh), list(fresh.values()), table.leaf],
        ).fetchall()[0][0]
        if known != len(fresh):
            raise BadRequest(
                f"{len(fresh) - known:,} of {len(members):,} members are not in the warehouse.",
                "The data have changed: find the segments again.",
            )
        said = now
