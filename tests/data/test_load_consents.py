"""Consents as firms write them: told by their words in any language, rejected with the reason where they are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.campaigns.contact_rules import ContactRules, left_out
from data.load import load
from data.load.mappings.mapping import Mapping
from data.load.notation.consent_words import VERDICTS, verdict, verdict_sql
from data.load.proposal.propose_mapping import propose_all
from data.privacy.rights import forget
from data.store import duckdb_engine
from data.store.warehouse import Warehouse

MAPPING = """source = "crm"
[consents]
file = "consents.csv"
key = ["number"]
[consents.columns]
number = "Id"
date = "On"
customer = "Who"
channel = "By"
purpose = "For"
verdict = "Said"
"""
WRITTEN = """Id,On,Who,By,For,Said
1,2025-01-02,c1,E-mail,,Opt-in
2,2025-01-02,c2,E-mail,news,sì
3,2025-02-03,c2,E-mail,,WIDERRUFEN
4,2025-02-03,c3,Phone,,0
5,2025-02-04,c3,Phone,,perhaps
6,2025-02-05,c3,Phone,,
7,2025-03-01,c1,E-mail,,ja
"""


def test_words_of_all_languages_are_read_alike_here_and_in_the_engine() -> None:
    written = [*VERDICTS, "Opt-In", "SÍ", "Zurückgezogen", "donné", "não", "Cofnięta", " 1.0 ", "perhaps", ""]
    with duckdb_engine.scratch() as connection:
        told = connection.execute(
            f"SELECT {verdict_sql('said')} FROM (SELECT unnest($words) AS said, unnest($at) AS place) ORDER BY place",
            {"words": written, "at": list(range(len(written)))},
        ).fetchall()
    assert [each for (each,) in told] == [verdict(text) for text in written]
    assert [verdict(word) for word in VERDICTS] == list(VERDICTS.values())
    assert [verdict(text) for text in written[-9:]] == [
        "given", "given", "withdrawn", "given", "withdrawn", "withdrawn", "given", None, None,
    ]  # fmt: skip


def test_consents_are_loaded_and_what_is_none_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "consents.csv").write_text(WRITTEN, encoding="utf-8")
    report = load(Mapping.from_text(MAPPING), tmp_path / "w.duckdb", tmp_path / "consents.csv")
    warehouse = Warehouse(tmp_path / "w.duckdb")
    rows = warehouse.rows("SELECT number, purpose, verdict FROM consent ORDER BY number")
    assert rows == [("1", None, "given"), ("2", "news", "given"), ("3", None, "withdrawn"), ("4", None, "withdrawn"),
                    ("7", None, "given")]  # fmt: skip
    assert (report.rows_loaded, report.rows_rejected) == (5, 2)
    assert warehouse.rows("SELECT row_in_source, reason FROM rejected ORDER BY 1") == [
        (5, "verdict: 'perhaps' is not given or withdrawn"),
        (6, "verdict: is empty"),
    ]
    left = left_out_by_id(warehouse)
    warehouse.close()
    assert left == {"c2": "consent withdrawn", "c3": "no consent"}
    forgotten = forget(tmp_path / "w.duckdb", "c1").id
    warehouse = Warehouse(tmp_path / "w.duckdb")
    assert left_out_by_id(warehouse) == left | {forgotten: "erased"}
    assert warehouse.rows("SELECT count(*) FROM consent") == [(5,)]
    warehouse.close()


def left_out_by_id(warehouse: Warehouse) -> dict[str, str]:
    ids = dict(warehouse.rows("SELECT customer_code, id FROM customer WHERE customer_code > 0"))
    found = left_out(warehouse.frame, list(ids), ContactRules("E-mail", date(2025, 3, 1), purpose="News"))
    return {ids[code]: why for code, why in found.iter_rows()}


@pytest.mark.parametrize(
    "said",
    [
        '[consents.constants]\nverdict = "Accepted"',
        "[consents.expressions]\nverdict = \"column('Said') != '0'\"",
    ],
)
def test_a_verdict_may_be_said_by_the_mapping(tmp_path: Path, said: str) -> None:
    text = MAPPING.replace('verdict = "Said"\n', "") + said
    (tmp_path / "consents.csv").write_text(WRITTEN, encoding="utf-8")
    load(Mapping.from_text(text), tmp_path / "w.duckdb", tmp_path / "consents.csv")
    warehouse = Warehouse(tmp_path / "w.duckdb")
    found = dict(warehouse.rows("SELECT number, verdict FROM consent"))
    warehouse.close()
    assert (found["1"], found["4"]) == ("given", "given" if "constants" in said else "withdrawn")


def test_a_column_a_channel_becomes_a_row_a_channel(tmp_path: Path) -> None:
    text = """source = "crm"
[consents]
unpivot = { columns = ["E-mail", "Phone"], name = "Channel", value = "Verdict" }
[consents.columns]
date = "On"
customer = "Who"
channel = "Channel"
verdict = "Verdict"
"""
    (tmp_path / "wide.csv").write_text("On,Who,E-mail,Phone\n2025-01-02,c1,yes,no\n2025-01-03,c2,no,\n")
    load(Mapping.from_text(text), tmp_path / "w.duckdb", tmp_path / "wide.csv")
    warehouse = Warehouse(tmp_path / "w.duckdb")
    told = warehouse.rows(
        "SELECT channel.id, verdict FROM consent JOIN channel USING (channel_key) ORDER BY ALL"
    )
    warehouse.close()
    assert told == [("E-mail", "given"), ("E-mail", "withdrawn"), ("Phone", "withdrawn")]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Consent ID,Given on,Customer ID,Channel,Purpose,Consent",
         ["K1,2025-01-02,C1,E-mail,offers,given", "K2,2025-01-03,C2,Phone,,withdrawn"]),
        ("Numero,Data consenso,Codice cliente,Canale,Finalità,Consenso",
         ["11,02/01/2025,C1,E-mail,offerte,sì", "12,13/01/2025,C2,Telefono,,no"]),
        ("Nummer,Datum,Kundennummer,Kanal,Zweck,Einwilligung",
         ["11,02.01.2025,C1,E-Mail,Werbung,erteilt", "12,13.01.2025,C2,Telefon,,widerrufen"]),
        ("Номер,Дата согласия,Клиент,Канал,Цель,Согласие",
         ["11,02.01.2025,C1,E-mail,новости,да", "12,13.01.2025,C2,Телефон,,нет"]),
    ],
)  # fmt: skip
def test_a_file_of_consents_is_known_by_its_columns(tmp_path: Path, header: str, rows: list[str]) -> None:
    (tmp_path / "export.csv").write_text("\n".join([header, *rows * 3]) + "\n", encoding="utf-8")
    part = propose_all([tmp_path / "export.csv"]).mapping.parts[0]
    named = header.split(",")
    fields = ("number", "date", "customer", "channel", "purpose", "verdict")
    assert part.subject == "consents"
    assert {field: part.columns[field] for field in fields} == dict(zip(fields, named, strict=True))
