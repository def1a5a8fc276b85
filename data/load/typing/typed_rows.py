"""The rows of a staged part with their canonical types, and the reason why a row cannot be loaded.

A typed table has `place` (which of the staged rows), `row` (1 is the first below the header), `reason`
(null if the row is sound), f_<field> for
each canonical field that the part fills, and a_<attribute> for each attribute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.connection import Connection
from data.errors import BadInput, did_you_mean
from data.load.mappings.canonical_fields import Kind
from data.load.mappings.expression import ROW, Compiler, Parameters, Term, names_in
from data.load.mappings.mapping import AttributeColumn, Part
from data.load.notation.case_event_words import event_sql
from data.load.notation.consent_words import verdict_sql
from data.load.notation.date_notation import ENDS, FIRST, LAST, DateStyle, date_style, written_sql
from data.load.notation.error_cells import broken, words_of
from data.load.notation.far_dates import far_dates
from data.load.notation.number_notation import EXACT, decimal_marks, number_sql, too_large_sql
from data.load.notation.staged_column import ColumnNames, StagedColumn, columns_of
from data.load.notation.stream_habits import NO_HABITS, Habits, changed
from data.load.notation.times_of_day import second_sql
from data.load.typing import unit_signs
from data.model.canonical_tables import MONEY, RATE_OF_EXCHANGE, UNITS
from data.sources.file import Staged, row_among
from data.temporary_tables import owned

YES = "'true', 't', 'yes', 'y', '1', 'x', 'si', 'sì', 'ja', 'j', 'vero', 'wahr', 'oui'"
NO = "'false', 'f', 'no', 'n', '0', 'nein', 'falso', 'falsch', 'non'"
ROW_OF_CELL = "row_of_cell"
WORDS = {
    "number": "a number",
    "second": "a time of day",
    "boolean": "yes or no",
    "verdict": "given or withdrawn",
}
MOMENTS = {"date": "DATE", "moment": "TIMESTAMP"}
RATES = {"rate": RATE_OF_EXCHANGE, "per": RATE_OF_EXCHANGE}
STORED = {
    "quantity": UNITS,
    "revenue": MONEY,
    "cost": MONEY,
    "unit_price": EXACT,
    "unit_cost": EXACT,
    **RATES,
}
IDS = ("customer", "product", "channel", "partner", "campaign", "order", "number", "order_number")
FLOAT_IDS = "{0.name} of {0.file} holds whole numbers written as 17850.0: read as 17850."
REPEATED = "{0.file} has more than one column {0.name!r}: the first is used."
BROKEN = "{0.name} of {0.file}: {1:,} cells with errors such as #N/A are read as empty."
NO_VALUE = "is no value but an error of the program that wrote it"
BLANK = " \t\r\n\u00a0\ufeff"


@dataclass(frozen=True, slots=True)
class LookUp:
    """A staged look-up with one row a key: joined where `on` equals its column `to`, both as `key_sql` has them."""

    stem: str
    staged: Staged
    on: StagedColumn
    to: StagedColumn
    pad: int | None = None


def key_sql(text: str, pad: int | None) -> str:
    """SQL for the key that the SQL text `text` says: blanks off, and digits filled with zeros where it is padded."""
    return padded(f"trim({text})", pad) if pad else f"trim({text})"


def padded(text: str, pad: int) -> str:
    """SQL for `text` with leading zeros up to `pad` digits, where it is digits alone."""
    short = f"regexp_full_match({text}, '[0-9]{{1,{int(pad)}}}')"
    return f"CASE WHEN {short} THEN lpad({text}, {int(pad)}, '0') ELSE {text} END"


@dataclass(frozen=True, slots=True)
class Typed:
    """What typing told: `notes` are what the owner of the rows should look at, `habits` how they are written, and
    `currency` what their amounts are in, where that is known."""

    notes: tuple[str, ...]
    habits: Habits
    currency: str = ""


def type_rows(
    connection: Connection,
    part: Part,
    staged: Staged,
    look_ups: Sequence[LookUp],
    into: str,
    zone: str = "",
    habits: Habits = NO_HABITS,
    report: str = "",
    may_be_view: bool = False,
) -> Typed:
    """Make the temporary table `into`, without the rows that the part leaves out (`only`); a view where it may be one.

    `zone` is the firm's time zone, in which moments with a zone of their own fall on a day; "" takes the day as it
    is written. `habits` are those of the deliveries before: they decide where these rows do not tell. `report` is
    the currency of report.
    Errors: BadInput for unknown columns, undecidable ones, those written otherwise than before, and those that hold
    unlike units.
    """
    plan = _Plan(connection, part, staged, look_ups, zone, habits)
    base = connection.execute(f"SELECT coalesce(min(rowid), 0) FROM {staged.table}").fetchall()[0][0]
    sql = f"SELECT {staged.table}.rowid - {base} + 1 AS place{_row_of_cell(staged)}{plan.texts()}"
    sql += f" FROM {staged.table}{joined(look_ups)}"
    sql = _nested(sql, plan.layers(connection, sql, into))
    if part.shape.only is not None:
        sql = f"SELECT * FROM ({sql}) WHERE {plan.only}"
    row, behind = row_in_file(staged)
    reason, results = plan.reason(), ", ".join(plan.results)
    plain = may_be_view and not behind and not look_ups and plan.is_plain and "$" not in sql
    if plain and _all_sound(connection, f"SELECT {reason} AS reason FROM ({sql})", plan.parameters.values):
        sound = f"SELECT place, place AS row, NULL::VARCHAR AS reason, {results} FROM ({sql})"
        connection.execute(f"CREATE TEMP VIEW {into} AS {sound}")
    else:
        sql = f"SELECT place, {row} AS row, {reason} AS reason, {results} FROM ({sql}){behind}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {sql}", plan.parameters.values)
        _forget_midnights(connection, part, into)
    unit_signs.refuse_unlike(connection, part, plan.numbers, into, report)
    notes = plan.notes([staged, *(each.staged for each in look_ups)])
    if "date" in plan.kinds:
        notes += far_dates(connection, into, staged.name)
    return Typed(tuple(notes), plan.habits)


def _all_sound(connection: Connection, reasons: str, values: Mapping[str, object]) -> bool:
    """Whether none of the rows has a reason why it cannot be loaded."""
    return not connection.execute(f"SELECT count(reason) FROM ({reasons})", values).fetchall()[0][0]


def _forget_midnights(connection: Connection, part: Part, table: str) -> None:
    """Where all days of a delivery begin at midnight, they tell no time."""
    for name in part.dated:
        latest = connection.execute(f"SELECT max(f_{name}) FROM {table}").fetchall()[0][0]
        if latest == 0:
            connection.execute(f"UPDATE {table} SET f_{name} = NULL")


def names(staged: Staged, look_ups: Sequence[LookUp]) -> ColumnNames:
    """Every column that a mapping of `staged` may name."""
    found = ColumnNames(columns_of(staged))
    for look_up in look_ups:
        found.add(look_up.stem, columns_of(look_up.staged))
    return found


def _row(staged: Staged) -> str:
    """SQL for which row of its file a row of the first selection is; "" where lines between them are no rows."""
    if staged.bad_rows:
        return ""
    return ROW_OF_CELL if staged.made else ROW


def _row_of_cell(staged: Staged) -> str:
    """SQL for the row that a cell is of, as a column of the first selection: what is made of it is not the file's."""
    return f", {staged.table}.c{len(staged.columns)} AS {ROW_OF_CELL}" if staged.made else ""


def defaults(part: Part) -> Mapping[str, str]:
    """The expressions of a part, with those that follow from what else it fills."""
    filled = set(part.filled)
    found = dict(part.expressions)
    if not part.kind.is_lines:
        return found
    if "revenue" not in filled:
        found["revenue"] = "quantity * unit_price"
    if "cost" not in filled and {"unit_cost", "quantity"} <= filled:
        found["cost"] = "quantity * unit_cost"
    return found


class _Plan:
    """Which pieces of SQL a typed table is made of, in the layers in which they may refer to each other."""

    def __init__(
        self,
        connection: Connection,
        part: Part,
        staged: Staged,
        look_ups: Sequence[LookUp],
        zone: str,
        habits: Habits,
    ) -> None:
        self.part = part
        self._before = habits
        known = names(staged, look_ups)
        self.sides = {each.staged.table: each for each in look_ups}
        self.known = known
        self.parameters = Parameters()
        self.compiler = Compiler(self._resolve, self._number, self._moment, self.parameters, _row(staged))
        self.expressions = defaults(part)
        self.used: dict[str, StagedColumn] = {}
        self.numbers: dict[StagedColumn, str] = {}
        self.kinds: dict[str, Kind] = {
            name: part.kind.field(name).kind for name in (*part.filled, *self.expressions)
        }
        self.fields = {name: self._use(known[column]) for name, column in part.columns.items()}
        for name, column in self.fields.items():
            if self.kinds[name] == "number":
                self.numbers[column] = name
        for name in self._required():
            if name in self.fields and (side := self.sides.get(self.fields[name].table)):
                self._use(side.on)
                self._use(side.to)
        self._computing: set[StagedColumn] = set()
        self._moments: dict[tuple[StagedColumn, Kind], str] = {}
        self._date_texts: dict[str, str] = {}
        self._made_styles: dict[str, DateStyle] = {}
        self._current = ""
        self._compiled = [self._compile(level) for level in self._levels()]
        self._current = ""
        self._attributes = {f"a_{each.name}": self._attribute(each) for each in part.attributes}
        self.only = f"TRY({self.compiler.compile(part.shape.only, 'boolean')})" if part.shape.only else "true"
        self.marks, decimals = decimal_marks(
            connection, list(self.numbers), part.decimal, part.subject, habits.decimals, part.settled,
            known.columns,
        )  # fmt: skip
        self._zone = zone
        self._decimals = decimals
        dates = [column for name, column in self.fields.items() if self.kinds[name] in MOMENTS]
        self._styles = {
            column: self._style(connection, column)
            for column in (*dates, *(each for each, _ in self._moments))
        }
        self._odd = {alias for alias, column in self.used.items() if _has_odd_blanks(connection, column)}
        self._floats = {
            column.alias: column
            for name, column in self.fields.items()
            if name in IDS and _is_float(connection, column, part.null)
        }
        self._broken = broken(connection, self.used.values())
        self.results = [f"f_{name}" for name in (*self.kinds, *part.dated)] + list(self._attributes)

    @property
    def is_plain(self) -> bool:
        """Whether every number and day is staged as such, and no day tells a time."""
        told = [*self.numbers, *self._styles]
        return not self.part.dated and all(column.typed for column in told)

    @property
    def habits(self) -> Habits:
        """How the values are written, as far as they tell; complete once the layers are made."""
        return Habits(
            self._decimals,
            {column.name: style.first for column, style in self._styles.items() if style.first},
            {column.name: style.zone for column, style in self._styles.items() if style.zone},
        )

    def _style(self, connection: Connection, column: StagedColumn) -> DateStyle:
        return date_style(
            connection,
            column,
            self.part.date_format,
            self.part.subject,
            self._before.dates,
            self.part.settled,
        )

    def _date(self, style: DateStyle, text: str, kind: str) -> str:
        sql = style.sql(text, MOMENTS[kind], "$zone" if self._zone else None)
        if "$zone" in sql:
            self.parameters.values["zone"] = self._zone
        return sql

    def notes(self, files: Sequence[Staged]) -> list[str]:
        """What was read in a way that its owner may not expect."""
        found = [FLOAT_IDS.format(column) for column in self._floats.values()]
        needed = self._needed()
        found += [BROKEN.format(each, count) for each, count in self._broken.items() if each not in needed]
        repeated = {(each.table, name) for each in files for name in each.repeated}
        found += changed("zones", self.habits.zones, self._before.zones, self.part.settled)
        twice = [each for each in self.used.values() if (each.table, each.name) in repeated]
        return found + [REPEATED.format(column) for column in twice]

    def texts(self) -> str:
        """The first selection: the columns in use as text, blanks out."""
        return "".join(f", {self._without_errors(column)}" for column in self.used.values())

    def _without_errors(self, column: StagedColumn) -> str:
        """The column under its alias; its errors, where it has any, under another."""
        value = self._clean(column)
        if column not in self._broken:
            return f"{value} AS {column.alias}"
        is_error = f"list_contains({self.parameters.add(words_of(column))}, {value})"
        return (
            f"CASE WHEN NOT {is_error} THEN {value} END AS {column.alias},"
            f" CASE WHEN {is_error} THEN {value} END AS {self._error(column)}"
        )

    def _error(self, column: StagedColumn) -> str:
        return column.alias.replace("t_", "e_", 1)

    def _needed(self) -> dict[StagedColumn, str]:
        """The columns in which an error makes a row unknown or wrong, and what each is for: all that merely
        describe a row are left out."""
        required = (*self._required(), *IDS)
        fields = {column: name for name, column in self.fields.items()
                  if self.kinds[name] != "text" or name in required}  # fmt: skip
        return {column: column.name for column in self._computing} | self.numbers | fields

    def layers(self, connection: Connection, base: str, into: str) -> list[dict[str, str]]:
        """Columns by name, then constants and expressions, each layer referring to those before.

        `base` is the first selection. What dates an expression makes is looked at, as a column's are.
        """
        read = {self._digits(column): self._read_number(column) for column in self.numbers}
        read |= {alias: self._date(self._styles[column], column.alias, kind)
                 for (column, kind), alias in self._moments.items()}  # fmt: skip
        first = {
            f"f_{name}": self._named(name, self._read(name, column), self._said(name, column))
            for name, column in self.fields.items()
        }
        if "date" in self.fields:
            style, text = self._styles[self.fields["date"]], self.fields["date"].alias
            first |= self._second_of_date(style, text, f"({first['f_date']}) IS NOT NULL")
        constants = {f"f_{name}": self._constant(name, value) for name, value in self.part.constants.items()}
        layers = [read, first | constants]
        for level in self._compiled:
            made = _nested(base, layers)
            layers.append({f: self._made_date(connection, f, sql, made, into) for f, sql in level.items()})
            if "f_date" in level:
                layers[-1] |= self._second_of_expression(level["f_date"])
        return [layer for layer in (*layers, self._attributes) if layer]

    def _second_of_date(self, style: DateStyle, text: str, told: str) -> dict[str, str]:
        """The times of the day that a date tells beside the day, as columns."""
        sql = style.second_sql(text, "$zone" if self._zone else None)
        if "$zone" in sql:
            self.parameters.values["zone"] = self._zone
        return {f"f_{name}": f"CASE WHEN {told} THEN {sql} END" for name in self.part.dated}

    def _second_of_expression(self, sql: str) -> dict[str, str]:
        """The same of a date that an expression writes as text; any other tells but its day."""
        if style := self._made_styles.get("f_date"):
            return self._second_of_date(style, sql, "true")
        return {f"f_{name}": "NULL::BIGINT" for name in self.part.dated}

    def _made_date(self, connection: Connection, field: str, sql: str, made: str, into: str) -> str:
        """SQL for a field: of a date that an expression writes as text, read as a column's would be."""
        if field not in self._date_texts:
            return sql
        table, name = f"{into}_{field}", field.removeprefix("f_")
        asked = f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT DISTINCT {sql} AS c0 FROM ({made})"
        values = self.parameters.values
        with owned(connection, table):
            connection.execute(
                asked, {each: values[each] for each in values if re.search(rf"\${each}\b", asked)}
            )
            column = StagedColumn(name, self.part.subject, table, 0, "text")
            self._styles[column] = self._made_styles[field] = self._style(connection, column)
        return self._date(self._styles[column], sql, self.kinds[name])

    def reason(self) -> str:
        """SQL for why a row cannot be loaded; null if it can."""
        cells = [*self.used, *(self._error(column) for column in self._broken)]
        empty = " AND ".join(f"{alias} IS NULL" for alias in cells) or "false"
        needed = self._needed()
        faults = [self._error_fault(column, needed[column]) for column in self._broken if column in needed]
        faults += [self._number_fault(column, name) for column, name in self.numbers.items()]
        faults += [self._fault(name, column) for name, column in self.fields.items()]
        faults = [fault for fault in faults if fault]
        faults += [self._day_fault(name) for name, kind in self.kinds.items() if kind in MOMENTS]
        known = f"nullif(concat_ws('; ', {', '.join(faults)}), '')" if faults else "NULL"
        return f"CASE WHEN {empty} THEN 'the row is empty' ELSE coalesce({known}, {self._lacking()}) END"

    def _day_fault(self, name: str) -> str:
        """The day of a row is one of our times; another one any that a calendar holds, such as 9999-12-31 for never."""
        first, last, years = (
            (FIRST, LAST, "1900 to 2199") if name == "date" else (*ENDS, "the years 1 to 9999")
        )
        said = f"'{name}: ' || f_{name} || ' is outside {years}'"
        return f"CASE WHEN f_{name} NOT BETWEEN {first} AND {last} THEN {said} END"

    def _lacking(self) -> str:
        cases = "".join(f" WHEN f_{name} IS NULL THEN {self._why_lacking(name)}" for name in self._required())
        return f"CASE{cases} END"

    def _required(self) -> tuple[str, ...]:
        keys = () if self.part.kind.table is not None else self.part.key
        return tuple(dict.fromkeys([*self.part.kind.required, *keys]))

    def _why_lacking(self, name: str) -> str:
        if name in self.fields:
            return self._why_empty(name, self.sides.get(self.fields[name].table))
        needs = (
            " and ".join(sorted(names_in(self.expressions[name]) & set(self.kinds)))
            if name in self.expressions
            else ""
        )
        if not needs:
            return f"'{name}: cannot be computed'"
        return f"'{name}: cannot be computed from {needs}'"

    def _why_empty(self, name: str, side: LookUp | None) -> str:
        if side is None:
            return f"'{name}: is empty'"
        said = self.parameters.add(f"{name}: no row of {side.staged.name} for {side.on.name} ")
        missing = f"{side.to.alias} IS NULL AND {side.on.alias} IS NOT NULL"
        return f"CASE WHEN {missing} THEN {said} || left({side.on.alias}::VARCHAR, 40) ELSE '{name}: is empty' END"

    def _fault(self, name: str, column: StagedColumn) -> str:
        kind = self.kinds[name]
        if kind in ("text", "number", "event"):
            return ""
        if kind in MOMENTS:
            return self._case(name, column, f"f_{name}", self._styles[column].fault_sql(column.alias))
        return self._case(name, column, f"f_{name}", f"'is not {WORDS[kind]}'")

    def _number_fault(self, column: StagedColumn, name: str) -> str:
        large = too_large_sql(column.alias, column, self.marks[column])
        fault = f"CASE WHEN {large} THEN 'is too large' ELSE 'is not {WORDS['number']}' END"
        return self._case(name, column, self._digits(column), fault)

    def _error_fault(self, column: StagedColumn, name: str) -> str:
        cell = self._error(column)
        return f"{self.parameters.add(name)} || ': ''' || {cell} || ''' {NO_VALUE}'"

    def _case(self, name: str, column: StagedColumn, value: str, fault: str) -> str:
        said = (
            f"{self.parameters.add(name)} || ': ''' || left({column.alias}::VARCHAR, 40) || ''' ' || {fault}"
        )
        unknown = self._unknown(name, f"{column.alias}::VARCHAR")
        wrong = f"{column.alias} IS NOT NULL AND {value} IS NULL{f' AND NOT {unknown}' if unknown else ''}"
        return f"CASE WHEN {wrong} THEN {said} END"

    def _use(self, column: StagedColumn) -> StagedColumn:
        self.used[column.alias] = column
        return column

    def _clean(self, column: StagedColumn) -> str:
        if column.typed or (column.tidy and column.alias not in self._floats):
            return self._without_null_words(column.sql, column.text)
        # Trimming more than spaces costs as much as everything else together: only where there is more.
        more = f", {self._blank()}" if column.alias in self._odd else ""
        bare = f"nullif(trim({column.sql}{more}), '')"
        if column.alias in self._floats:
            bare = f"regexp_replace({bare}, '^([0-9]+)[.]0$', '\\1')"
        return self._without_null_words(bare, bare)

    def _without_null_words(self, sql: str, text: str) -> str:
        if not self.part.null:
            return sql
        return f"CASE WHEN list_contains({self.parameters.add(list(self.part.null))}, {text}) THEN NULL ELSE {sql} END"

    def _blank(self) -> str:
        if "blank" not in self.parameters.values:
            self.parameters.values["blank"] = BLANK
        return "$blank"

    def _digits(self, column: StagedColumn) -> str:
        return column.alias.replace("t_", "n_", 1)

    def _read_number(self, column: StagedColumn) -> str:
        return number_sql(column.alias, column, self.marks[column], RATES.get(self.numbers[column], EXACT))

    def _read(self, name: str, column: StagedColumn) -> str:
        kind = self.kinds[name]
        if name == "currency" and column.sign:
            return f"CASE WHEN {column.alias} IS NOT NULL THEN {self.parameters.add(column.sign)} END"
        if kind == "number":
            return self._stored(name, self._digits(column))
        if kind in MOMENTS:
            return self._date(self._styles[column], column.alias, kind)
        if kind == "second":
            return self._second(column)
        if kind == "event":
            return event_sql(f"{column.alias}::VARCHAR")
        if kind == "boolean":
            low = f"lower({column.alias}::VARCHAR)"
            return f"CASE WHEN {low} IN ({YES}) THEN true WHEN {low} IN ({NO}) THEN false END"
        if kind == "verdict":
            return verdict_sql(f"{column.alias}::VARCHAR")
        return f"{column.alias}::VARCHAR" if column.typed else column.alias

    def _second(self, column: StagedColumn) -> str:
        if column.typed and column.type in ("DATE", "TIMESTAMP"):
            return DateStyle(column, "stored").second_sql(column.alias)
        return second_sql(f"{column.alias}::VARCHAR", "$zone" if self._zone else None)

    def _said(self, name: str, column: StagedColumn) -> str:
        return "" if self.kinds[name] == "text" else f"{column.alias}::VARCHAR"

    def _named(self, name: str, sql: str, said: str = "") -> str:
        """The SQL of a field without the words that mean nothing there, and with its leading zeros; `said` is SQL
        for what its cell says, where that is not what the field holds."""
        if pad := self.part.shape.pad.get(name):
            sql = padded(sql, pad)
        unknown = self._unknown(name, said or sql)
        return f"CASE WHEN NOT {unknown} THEN {sql} END" if unknown else sql

    def _unknown(self, name: str, said: str) -> str:
        """SQL for whether the SQL text `said` is one of the words that mean nothing in the field `name`."""
        words = self.part.shape.unknown.get(name)
        if not words:
            return ""
        pad = self.part.shape.pad.get(name, 0)
        plain = [word.strip().lower() for word in words]
        listed = self.parameters.add([word.zfill(pad) if word.isdigit() else word for word in plain])
        return f"coalesce(list_contains({listed}, lower({said})), false)"

    def _stored(self, name: str, sql: str) -> str:
        return f"TRY_CAST({sql} AS {EXACT if name == 'quantity' else STORED.get(name, MONEY)})"

    def _constant(self, name: str, value: str) -> str:
        mark = self.parameters.add(value)
        if self.kinds[name] == "verdict":
            return verdict_sql(f"{mark}::VARCHAR")
        if self.kinds[name] == "event":
            return event_sql(f"{mark}::VARCHAR")
        if self.kinds[name] == "second":
            return second_sql(f"{mark}::VARCHAR")
        casts = {"number": EXACT, "boolean": "BOOLEAN", "text": "VARCHAR", **MOMENTS}
        return f"TRY_CAST({mark}::VARCHAR AS {casts[self.kinds[name]]})"

    def _attribute(self, attribute: AttributeColumn) -> str:
        if attribute.column is not None:
            column = self._use(self.known[attribute.column])
            return f"{column.alias}::VARCHAR" if column.typed else column.alias
        return f"nullif(TRY({self.compiler.compile(attribute.expression or '', 'text')}), '')"

    def _compile(self, level: Sequence[str]) -> dict[str, str]:
        return {f"f_{name}": self._expression(name) for name in level}

    def _expression(self, name: str) -> str:
        kind = self.kinds[name]
        self._current = name
        term = self.compiler.read(self.expressions[name])
        if kind in MOMENTS and term.kind == "text" and term.column is None:
            self._date_texts[f"f_{name}"] = term.sql
            return f"TRY({term.sql})"
        sql = f"TRY({self.compiler.cast(term, kind)})"
        if kind == "number":
            # Rounding a wide decimal is slow: the few that are large go that way, the others as narrow ones.
            narrow = f"TRY_CAST({sql} AS DECIMAL(18,12))"
            return f"coalesce({self._stored(name, narrow)}, {self._stored(name, sql)})"
        if kind == "verdict":
            return verdict_sql(sql)
        if kind == "event":
            return f"nullif({event_sql(sql)}, '')"
        return self._named(name, f"nullif({sql}, '')" if kind == "text" else sql)

    def _levels(self) -> list[list[str]]:
        """The expressions, each after those that it refers to."""
        needs = {
            name: (names_in(text) & set(self.expressions)) - {name} for name, text in self.expressions.items()
        }
        levels: list[list[str]] = []
        while needs:
            ready = [name for name, after in needs.items() if not after]
            if not ready:
                raise BadInput(
                    f"The expressions of {' and '.join(sorted(needs))} refer to each other.",
                    "Break the ring.",
                )
            levels.append(ready)
            needs = {name: after - set(ready) for name, after in needs.items() if name not in ready}
        return levels

    def _resolve(self, name: str, column_only: bool) -> Term:
        if name in self.kinds and not column_only and name != self._current:
            return Term(f"f_{name}", self.kinds[name])
        if not column_only and name not in self.known:
            near = did_you_mean(name, [*self.kinds, *self.known])
            raise BadInput(f"An expression names {name!r}, which is neither a field nor a column.", near)
        column = self._use(self.known[name])
        if self._current:
            self._computing.add(column)
        text = f"{column.alias}::VARCHAR" if column.typed else column.alias
        return Term(text, "text", column.alias)

    def _moment(self, term: Term, kind: Kind) -> str:
        if term.column is None:
            return written_sql(term.sql, self.part.date_format, MOMENTS[kind])
        column = self.used[term.column]
        return self._moments.setdefault((column, kind), column.alias.replace("t_", f"{kind[0]}_", 1))

    def _number(self, term: Term) -> str:
        if term.column is None:
            return f"TRY_CAST({term.sql} AS {EXACT})"
        column = self.used[term.column]
        self.numbers.setdefault(column, column.name)
        return self._digits(column)


def _has_odd_blanks(connection: Connection, column: StagedColumn) -> bool:
    """Whether any value holds a blank other than a space."""
    if column.kind != "text" or column.typed or column.tidy:
        return False
    c = f"c{column.position}"
    tests = " OR ".join(f"contains({c}, chr({ord(each)}))" for each in BLANK if each != " ")
    sql = f"SELECT coalesce(bool_or({tests}), false) FROM {column.table}"
    return bool(connection.execute(sql).fetchall()[0][0])


def _is_float(connection: Connection, column: StagedColumn, null: Sequence[str]) -> bool:
    """Whether every number of an id is written as 17850.0: as a program does that stored it as a float."""
    if column.typed:
        return False
    values = f"SELECT trim(c{column.position}) AS v FROM {column.table} WHERE v <> '' AND NOT list_contains($null, v)"
    whole = "regexp_full_match(v, '[0-9]+[.]0')"
    for limit in (" LIMIT 1", ""):
        sql = f"SELECT coalesce(bool_and({whole}), false) FROM ({values}{limit})"
        if not connection.execute(sql, {"null": list(null)}).fetchall()[0][0]:
            return False
    return True


def _nested(sql: str, layers: Sequence[Mapping[str, str]]) -> str:
    for layer in layers:
        sql = f"SELECT *{''.join(f', {each} AS {name}' for name, each in layer.items())} FROM ({sql})"
    return sql


def joined(look_ups: Sequence[LookUp]) -> str:
    """SQL that puts the rows of look-ups beside those that name their keys."""
    return "".join(
        f" LEFT JOIN {each.staged.table} ON {key_sql(each.on.text, each.pad)} = {key_sql(each.to.text, each.pad)}"
        f" AND trim({each.on.text}) <> ''"
        for each in look_ups
    )


def row_in_file(staged: Staged) -> tuple[str, str]:
    """SQL for the number of the row at `place`, and the join that it needs: it counts the lines that were no rows
    too, so that the n-th good row moves behind the bad ones before it."""
    lists = [staged.bad] * bool(staged.bad_rows) + [staged.blanks] * bool(staged.blank)
    return ("place", "") if staged.made or not lists else row_among(*lists)
