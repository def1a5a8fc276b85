"""A first mapping for a file that nobody described yet: guessed from its header, then from its values."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from data.engines import duckdb as engine
from data.load.fields import LINE_FIELDS
from data.load.mapping import Attribute, Mapping, Part
from data.names import is_attribute_name
from data.sources.file import AS_FOUND, Options, Staged, stage

SAMPLE = 5000
FEW = 60
# What firms call the canonical fields, in English, Italian and German, letters and digits only, best first.
SYNONYMS = {
    "date": "date invoicedate orderdate transactiondate saledate salesdate purchasedate day data"
    " datafattura dataordine datavendita datadocumento datum rechnungsdatum bestelldatum"
    " belegdatum verkaufsdatum orderpurchasetimestamp timestamp datetime",
    "order": "order invoiceno invoicenumber invoice orderid orderno ordernumber transactionid basketid"
    " receipt receiptid fattura numerofattura nfattura nrfattura ordine numeroordine scontrino"
    " numerodocumento bestellnummer bestellung rechnungsnummer rechnung auftragsnummer auftrag"
    " belegnummer belegnr",
    "customer": "customer customerid customerno customernumber customercode clientid client userid"
    " householdid memberid cliente idcliente codicecliente codcliente kunde kundennummer"
    " kundennr kundenid",
    "customer_name": "customername clientname companyname nomecliente ragionesociale kundenname firma",
    "customer_kind": "customerkind customertype customergroup segment customersegment segmento tipocliente"
    " kundentyp kundengruppe kundenart",
    "country": "country countryname nation shipcountry paese nazione stato land",
    "region": "region state province shipregion regione provincia bundesland",
    "city": "city town shipcity citta comune localita stadt ort",
    "product": "product productid productcode productno stockcode sku item itemid itemcode itemno article"
    " articleid articolo codicearticolo codarticolo codiceprodotto prodotto artikel"
    " artikelnummer artikelnr produkt produktnummer",
    "product_name": "productname description itemname itemdescription articlename descrizione nomeprodotto"
    " descrizionearticolo artikelbezeichnung bezeichnung produktname beschreibung",
    "department": "department division reparto settore abteilung sparte",
    "category": "category productcategory categoryname categoria kategorie warengruppe produktkategorie",
    "subcategory": "subcategory productsubcategory sottocategoria unterkategorie",
    "channel": "channel saleschannel orderchannel canale canalevendita kanal vertriebskanal store storeid"
    " shop negozio filiale",
    "channel_type": "channeltype channelgroup tipocanale kanaltyp",
    "quantity": "quantity qty units unitssold itemsquantity quantita qta pezzi menge anzahl stuck stueck"
    " numberofcds",
    "unit_price": "unitprice price priceeach prezzounitario prezzo einzelpreis stuckpreis stueckpreis preis",
    "revenue": "revenue sales salesvalue amount lineamount linetotal total totalamount net netamount"
    " dollarvalue turnover importo importoriga totale totaleriga fatturato ricavo ricavi"
    " umsatz betrag nettobetrag gesamtpreis summe erlos",
    "cost": "cost linecost totalcost cogs costo costototale kosten gesamtkosten",
    "unit_cost": "unitcost costprice purchaseprice costounitario einstandspreis stuckkosten einkaufspreis",
    "is_return": "isreturn return returned reso storno retoure ruckgabe",
}
PROFITS = ("profit", "grossprofit", "utile", "gewinn")
OF = {
    "customer": ("customer", "cliente", "kunde", "state", "provincia", "bundesland"),
    "product": ("product", "prodotto", "articolo", "artikel", "brand", "marca", "marke"),
}


def propose(path: Path, source: str | None = None, options: Options = AS_FOUND) -> Mapping:
    """A mapping of `path` to start from. It may lack required fields: `Mapping.check` says which.

    Errors: BadInput if the file cannot be read.
    """
    with engine.scratch() as connection:
        staged = stage(connection, path, "raw", options, SAMPLE)
        columns = _columns(staged)
        part = Part(
            "order_lines",
            file=path.name,
            options=options,
            columns=columns,
            expressions=_expressions(connection, staged, columns),
            attributes=_attributes(connection, staged, set(columns.values())),
        )
    return Mapping(source or _identifier(path.stem) or "file", (part,), folder=path.parent)


def _columns(staged: Staged) -> dict[str, str]:
    """For each field the column whose name is nearest the front of its synonyms, each column once."""
    plain = {name: _plain(name) for name in staged.columns}
    ranked = sorted(
        (words.split().index(plain[name]), position, field, name)
        for field, words in SYNONYMS.items()
        for position, name in enumerate(staged.columns)
        if plain[name] in words.split()
    )
    found: dict[str, str] = {}
    for _, _, field, name in ranked:
        if field not in found and name not in found.values():
            found[field] = name
    return {field.name: found[field.name] for field in LINE_FIELDS if field.name in found}


def _expressions(connection: Any, staged: Staged, columns: dict[str, str]) -> dict[str, str]:
    """The amount from quantity and price; cancelled invoices where their numbers begin with C."""
    found = {}
    if "revenue" not in columns and {"quantity", "unit_price"} <= set(columns):
        found["revenue"] = "quantity * unit_price"
    profit = next((name for name in staged.columns if _plain(name) in PROFITS), None)
    if profit and "revenue" in columns and not {"cost", "unit_cost"} & set(columns):
        found["cost"] = f"revenue - column({profit!r})"
    if "order" in columns and "is_return" not in columns:
        c = f"c{staged.columns.index(columns['order'])}"
        count = connection.execute(
            rf"SELECT count(*) FILTER (regexp_matches({c}, '^C\d')) BETWEEN 1 AND count(*) * 0.3 FROM {staged.table}"
        )
        if count.fetchall()[0][0]:
            found["is_return"] = "starts_with(order, 'C')"
    return found


def _attributes(connection: Any, staged: Staged, used: set[str]) -> tuple[Attribute, ...]:
    """The columns left over that hold few different texts."""
    found: dict[str, Attribute] = {}
    for position, name in enumerate(staged.columns):
        key = _identifier(name)
        if name in used or staged.kinds[position] != "text" or not is_attribute_name(key) or key in found:
            continue
        if _is_few_texts(connection, staged.table, f"c{position}"):
            found[key] = Attribute(key, _dimension(name), name.strip(), column=name)
    return tuple(found.values())


def _is_few_texts(connection: Any, table: str, c: str) -> bool:
    distinct, filled, numbers = connection.execute(
        f"SELECT count(DISTINCT {c}), count({c}), count(TRY_CAST(replace({c}, ',', '.') AS DOUBLE))"
        rf" + count(*) FILTER (regexp_matches({c}, '^\d+[-/.]\d+[-/.]\d+')) FROM {table}"
    ).fetchall()[0]
    return bool(2 <= distinct <= FEW and distinct * 2 <= filled and numbers == 0)


def _dimension(name: str) -> str:
    plain = _plain(name)
    return next((each for each, words in OF.items() if any(word in plain for word in words)), "line")


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _ascii(name))


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _ascii(name)).strip("_")[:40]
