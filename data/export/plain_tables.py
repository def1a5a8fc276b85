"""The whole star as plain tables: every dimension, fact and ledger table in a file each, and what they hold."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from data.errors import BadInput, NotAllowed, WarehouseError
from data.export.parquet_bytes import parquet_bytes
from data.export.statement_table import statement_table
from data.model.canonical_tables import CUSTOMER, FACTS
from data.operational import operational_store
from data.people.export_note import exporting
from data.store import duckdb_engine as engine
from data.store import private_files
from data.store.member_codes import decoded, encoded
from data.store.warehouse import Warehouse

Format = Literal["parquet", "csv"]
MANIFEST = "manifest.json"
COLUMNS = """SELECT table_name, column_name, data_type FROM duckdb_columns()
WHERE database_name = 'snapshot' AND schema_name = 'main' ORDER BY table_name, column_index"""
SUMMED = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
SALT = "erasure_salt"
OF_STATEMENTS = ("audience_said",)  # rows of what people wrote, in their words

# What stands in the place of what tells people apart, unless it is asked for; the cube's id stands for the name.
WITHOUT_PERSONS = {
    ("customer", "name"): "id",
    ("customer_record", "name"): "NULL::VARCHAR",
    **{("customer_record", column): "NULL::VARCHAR" for column in CUSTOMER.contact},
    ("member", "label"): f"CASE WHEN level = '{CUSTOMER.leaf}' THEN id ELSE label END",
    ("rejected", "raw"): "''",
    ("rejected", "reason"): "''",
    ("quality", "found"): "''",
    ("waiting", "reason"): "''",
    ("dismissal", "reason"): "''",
    ("match", "evidence"): "''",
    ("segmentation", "frame"): "''",
    ("segmentation", "recipe"): "''",
    ("scoring", "parameters"): "''",
    ("audience_said", "name"): "''",
    ("audience_said", "question"): "''",
    ("audience_trouble", "why"): "''",
    **{(fact.name, text): "NULL::VARCHAR" for fact in FACTS for text in fact.free_texts},
    ("setting", "value"): "CASE WHEN starts_with(name, 'mapping:') THEN '' ELSE value END",
}

# Where numbers of customers stand, as their sources write them or behind the name of a numbering.
NUMBERS = (("customer", "id"), ("customer", "name"), ("customer_identity", "id"))
WRITTEN = {pl.String: "VARCHAR", pl.Datetime: "TIMESTAMP"}
OF_CUSTOMERS = f"level = '{CUSTOMER.leaf}'"
MAIL = r"[^\s@]@[^\s@]"


def export(
    warehouse: Warehouse, folder: Path, kind: Format = "parquet", personal: bool = False
) -> dict[str, Any]:
    """Write every table of the snapshot into the new folder `folder`, and the manifest, which is returned.

    Names, addresses and free texts of customers come along if `personal`; else each number of a customer that
    holds an @, and each text that holds an e-mail address, is replaced by a made-up one, the same wherever it
    stands in this export. Under a policy what it leaves of the rows is written, and nothing of what people wrote.
    Errors: NotAllowed under one that hides small counts; BadInput where the folder cannot be made, or holds something;
    WarehouseError where what was written is not what there is.
    """
    policy = warehouse.policy
    if policy.smallest > 1:
        raise NotAllowed(
            f"Tables hold a row a customer, and {policy.person} may see no fewer than {policy.smallest} together.",
            "Ask the cubes, and take their answers as a file.",
        )
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in warehouse.rows(COLUMNS):
        if policy.is_unlimited or table not in OF_STATEMENTS:
            tables.setdefault(table, []).append((column, data_type))
    exporting("all_tables_with_persons" if personal else "all_tables", at=warehouse.path)
    salt = "" if personal else secrets.token_hex(16)
    with _new(folder) as place:
        told = {table: _write(warehouse, table, columns, place / f"{table}.{kind}", salt)
                for table, columns in tables.items()}  # fmt: skip
        written = statement_table(operational_store.of(warehouse), salt)
        if policy.is_unlimited and written.height:
            told["statement"] = _write_frame(written, place / f"statement.{kind}")
        manifest = _manifest(warehouse, told, kind, personal)
        (place / MANIFEST).write_text(
            json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return manifest


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A place that becomes `folder` at the end, or nothing."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput(f"{folder} is there already.", "Name a new folder, or an empty one.")
        private_files.make_folder(folder.parent)
        with (
            private_files.only_owner(),
            private_files.folder_for_a_while(folder.parent, f".{folder.name}.") as place,
        ):
            yield place
            place.replace(folder)
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be written: {error.strerror or error}.", "Make room, or name another folder."
        ) from error


def _write(
    warehouse: Warehouse, table: str, columns: list[tuple[str, str]], to: Path, salt: str
) -> dict[str, Any]:
    """One table into one file; its rows, and the sums of its numbers, read back from the file."""
    shown = ", ".join(_column(table, name, kind, salt) for name, kind in columns)
    but = f" WHERE name <> '{SALT}'" if table == "setting" else ""
    query = f"SELECT {shown} FROM {table}{but}"
    numbers = [name for name, kind in columns if kind.startswith(SUMMED)]
    sums = ", ".join(["count(*)", *(f"sum({name}::DECIMAL(38,4))::VARCHAR" for name in numbers)])
    expected = warehouse.rows(f"SELECT {sums} FROM ({query})")[0]
    how = "FORMAT parquet" if to.suffix == ".parquet" else "FORMAT csv, HEADER"
    try:
        warehouse.rows(f"COPY ({query}) TO ? ({how})", [str(to)])
    except engine.EngineError as error:
        raise WarehouseError(
            f"{to.name} cannot be written: {error}.", "Make room, or name another folder."
        ) from error
    found = warehouse.rows(f"SELECT {sums} FROM {_reading(to, columns)}", [str(to)])[0]
    if found != expected:
        raise WarehouseError(
            f"{to.name} is not what was to be written.", "Is the disk sound? Try another folder."
        )
    return {"file": to.name, "rows": found[0], "columns": dict(columns),
            "sums": dict(zip(numbers, found[1:], strict=True))}  # fmt: skip


def _write_frame(frame: pl.DataFrame, to: Path) -> dict[str, Any]:
    """The same of a frame."""
    to.write_bytes(parquet_bytes(frame) if to.suffix == ".parquet" else frame.write_csv().encode())
    found = (pl.read_parquet(to) if to.suffix == ".parquet" else pl.read_csv(to)).height
    if found != frame.height:
        raise WarehouseError(
            f"{to.name} is not what was to be written.", "Is the disk sound? Try another folder."
        )
    columns = {name: WRITTEN[type(kind)] for name, kind in frame.schema.items()}
    return {"file": to.name, "rows": found, "columns": columns, "sums": {}}


def _column(table: str, name: str, kind: str, salt: str) -> str:
    """SQL for a column, without persons where there is a salt to make up their numbers with."""
    if not salt:
        return name
    shown = WITHOUT_PERSONS.get((table, name), name)
    if (table, name) in NUMBERS:
        shown = _made_up_number(shown, salt)
    elif table == "member" and name in ("id", "label"):
        number = encoded(_made_up_number(decoded("id"), salt))
        shown = f"CASE WHEN {OF_CUSTOMERS} THEN {number} ELSE {_made_up_mail(name, salt)} END"
    elif kind == "VARCHAR":
        shown = _made_up_mail(shown, salt)
    return f"{shown} AS {name}"


def _made_up_number(number: str, salt: str) -> str:
    """SQL for the number of a customer, or a made-up one; the name of its numbering stays before it."""
    head = f"regexp_extract({number}, '^[^:@]*:')"
    numbering = (
        f"CASE WHEN {head} IN (SELECT numbering || ':' FROM customer_identity) THEN {head} ELSE '' END"
    )
    made_up = f"{numbering} || {_made_up(f'substr({number}, 1 + length({numbering}))', salt)}"
    return f"CASE WHEN contains({number}, '@') THEN {made_up} ELSE {number} END"


def _made_up_mail(text: str, salt: str) -> str:
    """SQL for a text, or a made-up one where it holds an e-mail address."""
    return f"CASE WHEN regexp_matches({text}, '{MAIL}') THEN {_made_up(text, salt)} ELSE {text} END"


def _made_up(text: str, salt: str) -> str:
    """SQL for what stands for a text: the same for the same text, and nobody can tell which."""
    return f"'made-up-' || left(sha256('{salt}' || {text}), 16)"


def _reading(file: Path, columns: list[tuple[str, str]]) -> str:
    """SQL that reads a written file back, with the types that it was written from."""
    if file.suffix == ".parquet":
        return "read_parquet(?)"
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns)
    return f"""read_csv(?, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
        columns = {{{types}}}, parallel = false, max_line_size = 100000000)"""


def _manifest(warehouse: Warehouse, tables: dict[str, Any], kind: str, personal: bool) -> dict[str, Any]:
    profile = warehouse.profile
    number = warehouse.rows("SELECT max(number) FROM publication")[0][0]
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return {"firm": profile.firm, "currency": profile.currency, "publication": number, "written_at": now,
            "format": kind, "personal": personal, "tables": tables}  # fmt: skip
