"""Columns beyond the canonical fields that are worth keeping: those of few different texts."""

from __future__ import annotations

import re
from collections.abc import Collection

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.row_sample import RowSample
from data.load.mappings.mapping import AttributeColumn
from data.load.proposal.column_assignment import are_dates
from data.store.attribute_names import is_attribute_name

FEW = 60
PERSONAL = [
    "fname",
    "lname",
    "email",
    "mail",
    "phone",
    "telefono",
    "telefon",
    "telephone",
    "address",
    "indirizzo",
    "adresse",
    "first",
    "last",
    "iban",
    "vat",
]
OF = {
    "customer": ["customer", "cliente", "kunde", "client", "state", "provincia", "bundesland", "клиент"],
    "product": [
        "product",
        "prodotto",
        "articolo",
        "artikel",
        "brand",
        "marca",
        "marke",
        "produit",
        "producto",
        "vendor",
    ],
}
LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "y",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
) | {"ъ": "", "ь": ""}


def attributes(sample: RowSample, used: Collection[str], of: str = "") -> tuple[AttributeColumn, ...]:
    """The columns left over that hold few different texts; `of` is whose they are, else told by their names."""
    found: dict[str, AttributeColumn] = {}
    for name, texts in sample.texts.items():
        key = identifier(name)
        fit = is_attribute_name(key) and not set(PERSONAL) & set(header_words.header(name).split())
        if name not in used and key not in found and fit and _is_few_texts(texts):
            found[key] = AttributeColumn(key, of or _dimension(name), name.strip(), column=name)
    return tuple(found.values())


def _is_few_texts(texts: pl.Series) -> bool:
    filled = texts.drop_nulls()
    distinct = filled.n_unique()
    if not (2 <= distinct <= FEW and distinct * 2 <= len(filled)):
        return False
    numbers = filled.str.replace_all(",", ".", literal=True).cast(pl.Float64, strict=False)
    return numbers.null_count() == len(filled) and not are_dates(filled)


def _dimension(name: str) -> str:
    plain = header_words.plain(name).replace(" ", "")
    return next((each for each, known in OF.items() if any(word in plain for word in known)), "line")


def identifier(name: str) -> str:
    """A name in small Latin letters, digits and underscores; Cyrillic letters are written so.

    >>> identifier("Ship Mode"), identifier("Склад")
    ('ship_mode', 'sklad')
    """
    latin = "".join(LATIN.get(each, each) for each in header_words.plain(name))
    return re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:40].strip("_")
