"""Texts of one byte a letter: which encoding makes words of them, and that it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.load.proposal.propose_mapping import propose_all
from data.sources import plain_text
from data.sources.encodings import guess
from data.sources.file import CHUNK

TEXTS = [
    ("cp1250", "Data sprzedaży;Ilość;Wartość;Łódzkie Zakłady;Gęś i Jaźń"),
    ("cp1250", "Gdańsk;Poznań;Toruń"),
    ("cp1250", "WARTOŚĆ;ILOŚĆ;ŁÓDŹ"),
    ("cp1250", "Množství;Částka;Dvořák;Šimáček"),
    ("cp1250", "12,50 Kč"),
    ("cp1250", "Vevő;Kft;Győr"),
    ("cp1250", "Ţară;Braşov;Preţ"),
    ("cp1250", "Količina;Škofja"),
    ("iso8859_2", "Ilość;Wartość;Data sprzedaży"),
    ("cp1252", "Crème;Règlement;Œuvre"),
    ("cp1252", "Quantità;Città;Nicolò"),
    ("cp1252", "Größe;Müller;Straße"),
    ("cp1252", "Año;Señor;Nº"),
    ("cp1252", "São João;Descrição"),
    ("cp1252", "Købmand;Beløb;Ø"),
    ("cp1252", "Guðrún;Þór"),
    ("cp1252", "Price £;5 £;10 µm;½"),
    ("cp1254", "Müşteri;Satış;İstanbul;Iğdır"),
    ("cp1251", "Сумма;Контрагент;г. Москва"),
    ("cp1251", "5 шт"),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS, ids=[text[:12] for _, text in TEXTS])
def test_encodings_are_told_apart(encoding: str, text: str) -> None:
    found = guess(text.encode(encoding))
    assert text.encode(encoding).decode(found.encoding) == text
    assert not found.other


def test_where_two_encodings_make_words_both_are_said() -> None:
    found = guess("Częstochowa;Będzin".encode("cp1250"))
    assert {found.encoding, found.other} == {"cp1250", "cp1252"}
    assert "Częstochowa" in found.told
    assert "Czêstochowa" in found.told


def test_a_proposal_says_the_encoding(tmp_path: Path) -> None:
    rows = "".join(f"0{day}.01.2024;Żółw;{day};{day},50\n" for day in range(1, 6))
    path = tmp_path / "s.csv"
    path.write_bytes(f"Data sprzedaży;Kontrahent;Ilość;Wartość netto\n{rows}".encode("cp1250"))
    found = propose_all([path])
    assert found.mapping.order_lines.columns["quantity"] == "Ilość"
    assert found.remarks[0].startswith("s.csv is not UTF-8: it is read as Central European (cp1250)")


def test_a_letter_cut_by_the_end_of_a_chunk_is_read_and_half_a_letter_is_none(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    letter = "é".encode()
    for text, is_utf8 in (
        (b"x" * (CHUNK - 1) + letter + b"x", True),
        (b"x" * (CHUNK - 1) + letter[:1] + b"x" * CHUNK, False),
        (b"x" * CHUNK + letter[:1], False),
    ):
        path.write_bytes(text)
        assert plain_text._is_utf8(path) == is_utf8
