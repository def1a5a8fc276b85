"""Making a customer nobody, within a transaction: names, addresses, numbers and free texts go, all else stays.

A made-up number stands for the customer then, and salted hashes of the numbers stay, so that the loader knows them
again without knowing whom it knows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from data.connection import Connection
from data.load.record.source_numbers import SALT, erased_hash, member_id
from data.model import segmentation
from data.model.canonical_tables import CUSTOMER, facts_of
from data.operational import statement_rows
from data.operational.statement_kinds import KINDS
from data.privacy import own_rejected
from data.privacy.filled_tables import filled
from data.privacy.person import Person
from data.store.schema_release import asks


def erase(connection: Connection, person: Person) -> tuple[str, list[str]]:
    """Make a person nobody; the id that stands for them, and sentences on what else went."""
    taken = connection.execute(
        """SELECT id FROM customer WHERE id LIKE '%erased-%'
        UNION SELECT id FROM customer_identity WHERE id LIKE 'erased-%'"""
    ).fetchall()
    numbers = [int(id.rpartition("erased-")[2].partition("-")[0] or 0) for (id,) in taken if _is_made_up(id)]
    name = f"erased-{max(numbers, default=0) + 1}"
    sentences = _texts(connection, person, name)
    _leave_audiences(connection, person)
    return _rename(connection, person, name), sentences


def _is_made_up(id: str) -> bool:
    return id.rpartition("erased-")[2].partition("-")[0].isdecimal()


def remember(connection: Connection, person: Person) -> None:
    """Keep salted hashes of the numbers, so that the loader knows them again."""
    connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [SALT, secrets.token_hex(16)])
    salt = connection.execute("SELECT value FROM setting WHERE name = ?", [SALT]).fetchall()[0][0]
    for key, numbering, number in person.identities:
        values = [CUSTOMER.name, erased_hash(salt, numbering, number), key]
        connection.execute("INSERT INTO erased (dimension, hash, identity_key) VALUES (?, ?, ?)", values)


def _leave_audiences(connection: Connection, person: Person) -> None:
    """An audience is to be reached, and a person who was erased never is."""
    connection.execute("DELETE FROM audience_member WHERE list_contains(?, identity_key)", [person.keys])


def _rename(connection: Connection, person: Person, name: str) -> str:
    """The made-up number instead of every number and name; what cubes show of it."""
    for at, key in enumerate(person.keys):
        made_up = f"{name}-{at + 1}" if at else name
        connection.execute("UPDATE customer_identity SET id = ? WHERE identity_key = ?", [made_up, key])
    contact = "".join(f", {column} = NULL" for column in CUSTOMER.contact)
    connection.execute(
        f"UPDATE customer_record SET name = NULL, hash = 0{contact} WHERE list_contains(?, identity_key)",
        [person.keys],
    )
    shown = name
    if person.keys:
        sql = f"SELECT {member_id(CUSTOMER)} FROM customer_identity WHERE customer_code = ?"
        shown = connection.execute(sql, [person.code]).fetchall()[0][0]
    connection.execute(
        "UPDATE customer SET id = ?, name = ? WHERE customer_code = ?", [shown, name, person.code]
    )
    return str(shown)


def _texts(connection: Connection, person: Person, name: str) -> list[str]:
    """Free texts, rejected rows, evidence and attributes that name the person; sentences on what was not kept."""
    emptied = own_rejected.erase(connection, person)
    connection.execute("UPDATE match SET evidence = '' WHERE list_contains(?, one) OR list_contains(?, other)",
                       [person.keys, person.keys])  # fmt: skip
    connection.execute("UPDATE quality SET found = 'erased' WHERE regexp_matches(found, ?)", [person.meant])
    _facts(connection, person)
    _attributes(connection, person, name)
    statement_rows.erase(connection, KINDS, person.keys, person.meant)
    connection.execute(segmentation.TABLE)
    connection.execute(
        "UPDATE segmentation SET frame = 'erased', recipe = '' WHERE regexp_matches(frame || ' ' || recipe, ?)",
        [person.meant],
    )
    connection.execute(
        "UPDATE scoring SET parameters = '{}' WHERE regexp_matches(parameters, ?)", [person.meant]
    )
    for column in ("model", "saved_by"):
        sql = f"UPDATE scoring SET {column} = 'erased' WHERE regexp_matches({column}, ?)"
        connection.execute(sql, [person.meant])
    return [f"{emptied:,} rejected rows that held the person can no longer be mended."] if emptied else []


def _facts(connection: Connection, person: Person) -> None:
    facts = facts_of(CUSTOMER)
    searched = filled(asks(connection), (fact.name for fact in facts))
    for fact in (fact for fact in facts if fact.name in searched):
        free = fact.free_texts
        for column in (column.name for column in fact.columns if column.is_text):
            # Whoever is called Open is not meant by the state of others' tickets.
            whose = "true" if column in free else "customer_code = $code"
            told = {"named": person.named} | ({} if column in free else {"code": person.code})
            connection.execute(
                f"UPDATE {fact.name} SET {column} = 'erased' WHERE regexp_matches({column}, $named) AND {whose}",
                told,
            )
        for column in free:
            # What is said of others as well is a category, and tells nobody apart.
            connection.execute(
                f"""UPDATE {fact.name} SET {column} = 'erased' WHERE customer_code = $code AND {column} NOT IN (
                    SELECT {column} FROM {fact.name} WHERE customer_code <> $code AND {column} IS NOT NULL)""",
                {"code": person.code},
            )


def _attributes(connection: Connection, person: Person, name: str) -> None:
    """Values of attributes that name the person; each becomes a made-up one, so that no two become one."""
    columns = connection.execute(
        """SELECT table_name, column_name FROM duckdb_columns() JOIN attribute
        ON column_name = name AND table_name IN (dimension, dimension || '_record')
        WHERE schema_name = 'main' AND NOT internal ORDER BY ALL"""
    ).fetchall()
    for table, column in columns:
        _attribute(connection, person, name, (table, column))


def _attribute(connection: Connection, person: Person, name: str, where: tuple[str, str]) -> None:
    table, column = where
    whose, told = _own_rows(table, person)
    numbers = [*person.numbers, person.id] if told else []
    found = connection.execute(
        f"""SELECT DISTINCT {column} FROM {table}
        WHERE (regexp_matches({column}, $named) OR list_contains($numbers, {column})) AND {whose} ORDER BY ALL""",
        {"named": person.named, "numbers": numbers, **told},
    ).fetchall()
    for at, (value,) in enumerate(found):
        made_up = f"{name}-{at + 1}" if at else name
        connection.execute(
            f"UPDATE {table} SET {column} = $new WHERE {column} = $old AND {whose}",
            {"new": made_up, "old": value, **told},
        )


def _own_rows(table: str, person: Person) -> tuple[str, dict[str, Any]]:
    """SQL for the rows of a table that are the person's, where it holds persons, and its values."""
    if table == CUSTOMER.name:
        return "customer_code = $code", {"code": person.code}
    if table == f"{CUSTOMER.name}_record":
        return "list_contains($keys, identity_key)", {"keys": person.keys}
    return "true", {}


def namesakes(rows: Any, person: Person) -> list[str]:
    """A sentence on others who share a name, an e-mail or a phone: theirs stay."""
    found = rows(
        """SELECT count(DISTINCT customer_code) FROM customer_record JOIN customer_identity USING (identity_key)
        WHERE customer_code <> $code AND list_has_any($signs, [name, email, phone])""",
        {"code": person.code, "signs": list(person.signs)},
    )[0][0]
    return [f"{found:,} other customers have the same name, e-mail or phone: theirs stay."] if found else []


def leftovers(connection: Connection, person: Person) -> list[str]:
    """A sentence on texts of other tables that still name the person; where customers are named, namesakes may be."""
    columns = connection.execute(
        """SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal
        AND data_type = 'VARCHAR' AND table_name NOT IN ('customer', 'customer_record', 'customer_identity', 'member')
        ORDER BY ALL"""
    ).fetchall()
    texts: dict[str, list[str]] = {}
    for table, column in columns:
        texts.setdefault(table, []).append(column)
    searched = filled(asks(connection), texts)
    told = [
        f"{table}.{column}"
        for table in texts
        if table in searched
        for column in _naming(connection, table, texts[table], person)
    ]
    return [f"The person is still named in: {', '.join(told)}."] if told else []


def _naming(connection: Connection, table: str, columns: Sequence[str], person: Person) -> list[str]:
    """Those of the columns that name the person; looked for in all at once, for each search is compiled anew."""
    names, texts = (", ".join(each) for each in zip(*((f"'{c}'", f'"{c}"') for c in columns), strict=True))
    found = f"""SELECT DISTINCT part FROM (SELECT unnest([{names}]) AS part, unnest([{texts}]) AS text FROM "{table}")
        WHERE regexp_matches(text, ?) ORDER BY ALL"""
    return [column for (column,) in connection.execute(found, [person.named]).fetchall()]
