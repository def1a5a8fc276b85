"""The staged rows of a file made into rows a record: cells into rows of their own, order fields onto every line.

What a mapping says of it stands in `mappings.row_shape`. Each makes a new staged table in the order of the file; what
is typed, rejected and compared afterwards is that.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from data.connection import Connection
from data.errors import BadInput, did_you_mean
from data.load.mappings.canonical_fields import PRODUCT_FIELDS
from data.load.mappings.expression import Compiler, Parameters, Term
from data.load.mappings.mapping import Part
from data.load.mappings.row_shape import Unpivot
from data.load.notation.staged_column import TEXT, ColumnNames, StagedColumn, columns_of
from data.load.typing.typed_rows import BLANK, defaults, row_in_file
from data.sources.file import Staged

STARTS = "(leader IS DISTINCT FROM before)"
# Fields of the line itself: where they are empty, they are not the order's.
OF_LINE = frozenset(["line", *(field.name for field in PRODUCT_FIELDS)])


def reshape(connection: Connection, part: Part, staged: Staged) -> tuple[Staged, tuple[str, ...]]:
    """The rows that `part` means by those of the file, and what its owner should know.

    Errors: BadInput for columns that are not there, or are there already.
    """
    notes: list[str] = []
    if part.shape.unpivot is not None:
        rows, staged = staged.rows, _cells(connection, part, part.shape.unpivot, staged)
        notes.append(f"{staged.name}: {staged.rows:,} filled cells of {rows:,} rows are read as a row each.")
    if part.shape.fill is not None:
        staged, filled = _filled_down(connection, part, staged)
        notes.append(f"{staged.name}: {filled} are those of the first line of each {part.kind.record}.")
    return staged, tuple(notes)


def reshaped_tables(part: Part, table: str) -> tuple[str, ...]:
    """The temporary tables that are made of `table`, in turn: each takes the place of the one before."""
    cells = (_table_of_cells(table),) if part.shape.unpivot is not None else ()
    filled = (_table_filled(*(cells or (table,))),) if part.shape.fill is not None else ()
    return cells + filled


def _table_of_cells(table: str) -> str:
    return f"{table}_cells"


def _table_filled(table: str) -> str:
    return f"{table}_filled"


def _cells(connection: Connection, part: Part, said: Unpivot, staged: Staged) -> Staged:
    """Each filled cell of the columns that `said` names as a row, in the order of the file."""
    known = columns_of(staged)
    cells = [known[place] for place in _places(said, staged)]
    places = [each.position for each in cells]
    alike = len({(each.type, each.kind) for each in cells}) == 1
    kind, stored = (cells[0].kind, cells[0].type) if alike else ("text", TEXT)
    own = [
        f"CASE WHEN cell = {at} THEN c{at} END AS c{at}" if at in places else f"c{at}"
        for at in range(len(known))
    ]
    values = ", ".join(f"c{at}::{stored}" for at in places)
    row, behind = row_in_file(staged)
    width, table = len(known), _table_of_cells(staged.table)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT {", ".join(own)}, list_extract($names, cell + 1) AS c{width}, value AS c{width + 1}, row AS c{width + 2}
        FROM (SELECT *, {row} AS row, unnest({places}) AS cell, unnest([{values}]) AS value
              FROM (SELECT *, rowid - (SELECT min(rowid) FROM {staged.table}) + 1 AS place FROM {staged.table}){behind})
        WHERE trim(value::VARCHAR, $blank) NOT IN (SELECT unnest($null::VARCHAR[])) ORDER BY row, cell""",
        {"names": list(staged.columns), "blank": BLANK, "null": ["", *part.null]},
    )
    rows = int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
    if not rows:
        raise BadInput(f"{staged.name} has no filled cell in the columns that unpivot names.", "Name others.")
    connection.execute(f"DROP TABLE {staged.table}")
    # Lines that are no rows go behind: their numbers would be those of cells else.
    connection.execute(
        f"""UPDATE {staged.bad} SET reason = 'row ' || row || ': ' || reason, "row" = "row" + {rows}"""
    )
    return replace(
        staged,
        table=table,
        columns=(*staged.columns, said.name, said.value),
        kinds=(*staged.kinds, "text", kind),
        types=(*staged.types, TEXT, stored) if staged.types else (),
        rows=rows,
        made=(said.name, said.value),
    )


def _places(said: Unpivot, staged: Staged) -> list[int]:
    """Which columns are cells. Errors: BadInput."""
    if taken := {said.name, said.value} & set(staged.columns):
        raise BadInput(
            f"unpivot makes a column {min(taken)!r}, and {staged.name} has one.", "Give it another name."
        )
    found: set[int] = set()
    for name in said.columns:
        exact = [at for at, column in enumerate(staged.columns) if column == name]
        alike = exact or [at for at, column in enumerate(staged.columns) if fnmatchcase(column, name)]
        if not alike:
            raise BadInput(
                f"unpivot names {name!r}, which is no column of {staged.name}.",
                did_you_mean(name, staged.columns),
            )
        found.update(alike)
    return sorted(found)


def _filled_down(connection: Connection, part: Part, staged: Staged) -> tuple[Staged, str]:
    """The order's own fields on each of its lines; and which columns these are, in words."""
    known, record = ColumnNames(columns_of(staged)), part.kind.record
    assert record is not None
    order = known[part.columns[record]]
    words = Parameters()
    said = {each: _said(each, part, words) for each in columns_of(staged)}
    down = _order_columns(connection, part, known, order)
    columns = [f"c{at}" for at in range(len(said) + bool(staged.made))]
    for each in down:
        above = f"last_value({said[each]} IGNORE NULLS) OVER lines"
        columns[each.position] = f"CASE WHEN alone THEN c{each.position} ELSE {above} END AS c{each.position}"
    columns[order.position] = f"CASE WHEN alone THEN c{order.position} ELSE leader END AS c{order.position}"
    filled = " OR ".join(f"{each} IS NOT NULL" for each in said.values())
    table = _table_filled(staged.table)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT {", ".join(columns)} FROM (
            SELECT *, leader IS NULL OR NOT ({filled}) AS alone,
                max(CASE WHEN {STARTS} THEN place END) OVER (ORDER BY place) AS first FROM ({_led(order, said[order])}))
        WINDOW lines AS (PARTITION BY first ORDER BY place) ORDER BY place""",
        words.values,
    )
    connection.execute(f"DROP TABLE {staged.table}")
    return replace(staged, table=table), ", ".join(repr(each.name) for each in (order, *down))


def _led(order: StagedColumn, said: str) -> str:
    """SQL for the rows with the order that each belongs to, `leader`, and that of the row above, `before`."""
    above = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"""SELECT *, rowid AS place, last_value({said} IGNORE NULLS) OVER (ORDER BY rowid) AS leader,
        last_value({said} IGNORE NULLS) OVER (ORDER BY rowid {above}) AS before FROM {order.table}"""


def _order_columns(
    connection: Connection, part: Part, known: ColumnNames, order: StagedColumn
) -> list[StagedColumn]:
    """The columns that are the order's: texts and dates but for the line's own fields, and what else is never
    filled on a further line of an order. Numbers never are: the total of an order would be that of each line."""
    uses = _Uses(part, known)
    sure = {
        known[column] for name, column in part.columns.items() if column in known and _is_shared(part, name)
    }
    perhaps = [each for each in dict.fromkeys(uses.texts) if each not in sure]
    never = {order, *uses.numbers}
    never |= {known[column] for name, column in part.columns.items() if column in known and name in OF_LINE}
    asked = [each for each in perhaps if each not in never]
    found = sure | set(_on_first_lines(connection, part, order, asked))
    return sorted(found - never, key=lambda each: each.position)


def _is_shared(part: Part, name: str) -> bool:
    return name not in OF_LINE and part.kind.field(name).kind in ("text", "date", "moment", "second", "event")


def _on_first_lines(
    connection: Connection, part: Part, order: StagedColumn, asked: list[StagedColumn]
) -> list[StagedColumn]:
    """Which of these columns are empty on all lines of an order but its first, and are no amounts."""
    if not asked:
        return []
    words = Parameters()
    own = _said(order, part, words)
    tests = []
    for each in asked:
        said = _said(each, part, words)
        amount = f"bool_and(TRY_CAST(replace({said}::VARCHAR, ',', '.') AS DOUBLE) IS NOT NULL)"
        tests.append(
            f"coalesce(bool_or(further AND {said} IS NOT NULL), false)"
            f" OR coalesce({amount} AND bool_or(regexp_matches({said}::VARCHAR, '[.,]')), false)"
        )
    row = connection.execute(
        f"SELECT {', '.join(tests)} FROM (SELECT *, NOT {STARTS} AS further FROM ({_led(order, own)}))",
        words.values,
    ).fetchall()[0]
    return [each for each, of_line in zip(asked, row, strict=True) if not of_line]


def _said(column: StagedColumn, part: Part, words: Parameters) -> str:
    """SQL for what a cell says; null where that is nothing."""
    c = f"c{column.position}"
    text = c if column.typed or column.tidy else f"nullif(trim({c}), '')"
    if not part.null:
        return text
    return f"CASE WHEN NOT list_contains({words.add(list(part.null))}, {text}::VARCHAR) THEN {text} END"


class _Uses:
    """The columns that a part uses beyond its fields of text and date: as texts, and as numbers."""

    def __init__(self, part: Part, known: ColumnNames) -> None:
        self.part, self.known = part, known
        self.texts: list[StagedColumn] = []
        self.numbers: set[StagedColumn] = set()
        fields = {name: column for name, column in part.columns.items() if column in known}
        self._kinds = {name: part.kind.field(name).kind for name in (*part.filled, *defaults(part))}
        for name, column in fields.items():
            if self._kinds[name] == "number":
                self.numbers.add(known[column])
            elif self._kinds[name] in ("boolean", "verdict", "second", "event"):
                self.texts.append(known[column])
        self.texts += [known[each.column] for each in part.attributes if each.column and each.column in known]
        self.texts += [known[each.on] for each in part.joins if each.on in known]
        self._current = ""
        compiler = Compiler(self._resolve, self._number, lambda term, _: term.sql, Parameters())
        for name, text in defaults(part).items():
            self._current = name
            compiler.compile(text, self._kinds[name])
        self._current = ""
        for each in part.attributes:
            if each.expression:
                compiler.compile(each.expression, "text")
        if part.shape.only:
            compiler.compile(part.shape.only, "boolean")

    def _resolve(self, name: str, column_only: bool) -> Term:
        if name in self._kinds and not column_only and name != self._current:
            return Term(name, self._kinds[name])
        if name not in self.known:
            return Term(name, "text")
        self.texts.append(self.known[name])
        return Term(name, "text", name)

    def _number(self, term: Term) -> str:
        if term.column is not None:
            self.numbers.add(self.known[term.column])
        return term.sql
