"""Files as products write them: the proposal reads them right, and says what it decided."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from data.__main__ import main
from data.errors import BadInput
from data.load import Mapping, load
from data.load.mappings.mapping import Part
from data.load.proposal.propose_mapping import Proposal, propose_all

LINE_SUBJECT = "order_lines"


@dataclass(frozen=True)
class File:
    """A file of a product: its header, some rows, and what a right proposal makes of it."""

    name: str
    header: str
    rows: tuple[str, ...]
    columns: Dict[str, str]
    expressions: Dict[str, str] = field(default_factory=dict)
    only: str | None = None
    returns: str = "signed"
    fill: str | None = None
    encoding: str = "utf-8"
    above: str = ""
    said: str = ""
    subject: str = LINE_SUBJECT


FILES = (
    File(
        "shopify.csv",
        "Name,Email,Financial Status,Currency,Subtotal,Shipping,Total,Discount Amount,Created at,Lineitem quantity,"
        "Lineitem name,Lineitem price,Lineitem sku,Id",
        ("#1,a@x.it,paid,EUR,25.00,5.00,30.00,0.00,2024-02-01 10:00:00 +0100,2,Mug,10.00,M1,91",
         "#1,a@x.it,,,,,,,2024-02-01 10:00:00 +0100,1,Cup,5.00,C1,",
         "#2,b@x.it,paid,EUR,15.00,5.00,20.00,0.00,2024-02-03 11:00:00 +0100,3,Cup,5.00,C1,92",
         "#2,b@x.it,,,,,,,2024-02-03 11:00:00 +0100,1,Pen,2.00,P1,"),
        {"date": "Created at", "order": "Name", "customer": "Email", "product": "Lineitem sku",
         "product_name": "Lineitem name", "quantity": "Lineitem quantity", "unit_price": "Lineitem price"},
        {"revenue": "quantity * unit_price"},
    ),
    File(
        "odoo.csv",
        "Order Reference,Creation Date,Customer,Order Lines/Product,Order Lines/Quantity,Order Lines/Subtotal,Status,"
        "Total",
        ("S1,2024-01-05 10:00:00,Azure,Chair,2,40.00,Sales Order,100.00", ",,,Desk,1,60.00,,",
         "S2,2024-01-07 10:00:00,Deco,Desk,1,60.00,Quotation,60.00",
         "S3,2024-02-02 10:00:00,Azure,Chair,1,20.00,Sales Order,50.00", ",,,Lamp,3,30.00,,"),
        {"date": "Creation Date", "order": "Order Reference", "customer": "Customer", "product": "Order Lines/Product",
         "quantity": "Order Lines/Quantity", "revenue": "Order Lines/Subtotal"},
        only="coalesce(column('Status'), '') != 'Quotation'",
        fill="down",
        said="leave out Quotation",
    ),
    File(
        "settlement.txt",
        "settlement-id\tcurrency\ttransaction-type\torder-id\tamount-type\tamount-description\tamount\tposted-date\tsku",
        tuple(f"77\tEUR\tOrder\t303-{at}\tItem\t{kind}\t{amount}\t2024-01-{at + 10}\tM1" for at in range(8)
              for kind, amount in (("Principal", "10.00"), ("Commission", "-1.50"), ("Tax", "2.20"))),
        {"date": "posted-date", "order": "order-id", "product": "sku", "revenue": "amount"},
        only="column('amount-description') == 'Principal'",
    ),
    File(
        "faktura.csv",
        "Fakturaart;Faktura;Pos;Fakturadatum;Auftraggeber;Material;Fakturierte Menge;Nettowert;Steuerbetrag;Währg",
        tuple(f"F2;9000{at};10;{at + 10}.01.2024;100{at};M{at % 3};{at + 1};{at + 1}.000,00;{(at + 1) * 190},00;EUR"
              for at in range(8)),
        {"date": "Fakturadatum", "order": "Faktura", "line": "Pos", "customer": "Auftraggeber", "product": "Material",
         "quantity": "Fakturierte Menge", "revenue": "Nettowert"},
        encoding="cp1252",
    ),
    File(
        "danea.csv",
        "Data;Num. doc.;Tipo doc.;Cod. cliente;Cliente;Cod. articolo;Q.tà;Prezzo netto;Importo;Iva",
        tuple(f"{at + 10:02d}/01/2024;{at}/A;{'Nota di credito' if at == 3 else 'Fattura'};CL{at};Rossi;A{at};2;"
              "10,50;21,00;22" for at in range(8)),
        {"date": "Data", "order": "Num. doc.", "customer": "Cod. cliente", "customer_name": "Cliente",
         "product": "Cod. articolo", "quantity": "Q.tà", "unit_price": "Prezzo netto", "revenue": "Importo"},
        {"is_return": "column('Tipo doc.') == 'Nota di credito'"},
        returns="positive",
        encoding="cp1252",
        said="Nota di credito takes back a sale",
    ),
    File(
        "продажи.csv",
        "Дата;Номер документа;Вид операции;Контрагент;Артикул;Количество;Цена;Сумма;НДС;Сумма с НДС",
        (*(f"{at + 10:02d}.01.2024;УТ-{at};Реализация;ООО {at};A{at};2;10,50;21,00;4,20;25,20" for at in range(8)),
         "Итого;;;;;;;168,00;;"),
        {"date": "Дата", "order": "Номер документа", "customer": "Контрагент", "product": "Артикул",
         "quantity": "Количество", "unit_price": "Цена", "revenue": "Сумма"},
        only="not missing(column('Номер документа'))",
        encoding="cp1251",
    ),
    File(
        "commandes.csv",
        "Référence;Date;Client;État;Référence produit;Quantité;Prix unitaire HT;Total HT;Total TTC",
        tuple(f"XK{at};2024-01-{at + 10} 10:00:00;Dupont;{'Annulé' if at == 2 else 'Livré'};P{at};2;10,50;21,00;25,20"
              for at in range(8)),
        {"date": "Date", "order": "Référence", "customer": "Client", "product": "Référence produit",
         "quantity": "Quantité", "unit_price": "Prix unitaire HT", "revenue": "Total HT"},
        only="coalesce(column('État'), '') != 'Annulé'",
    ),
    File(
        "datev.csv",
        "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Konto;Belegdatum;Belegfeld 1;Buchungstext",
        tuple(f"{at + 1}00,00;S;EUR;1{at};{at + 10}.01.2024;RE{at};Kunde" for at in range(8)),
        {"date": "Belegdatum", "order": "Belegfeld 1", "revenue": "Umsatz (ohne Soll/Haben-Kz)",
         "currency": "WKZ Umsatz"},
        above='"EXTF";700;21;"Buchungsstapel"\n',
    ),
    File(
        "orders_report.txt",  # a price that grows with the quantity is the line's amount
        "amazon-order-id\tpurchase-date\torder-status\tsku\tquantity\tcurrency\titem-price\tship-country",
        tuple(f"302-{at}\t2024-01-{at + 10}T08:00:00+00:00\tShipped\tM{at % 3}\t{at + 1}\tEUR"
              f"\t{(at + 1) * (at % 3 + 5)}.00\tDE"
              for at in range(12)),
        {"date": "purchase-date", "order": "amazon-order-id", "country": "ship-country", "product": "sku",
         "quantity": "quantity", "revenue": "item-price"},
    ),
    File(
        "ebay.csv",  # an amount that stays whatever the quantity is a price
        "Order Number,Buyer Username,Custom Label,Quantity,Sold For,Total Price,Sale Date",
        tuple(f"12-{at},u{at},M{at % 3},{at % 4 + 1},£{at % 3 + 5}.00,£{(at % 4 + 1) * (at % 3 + 5) + 3}.00,"
              f"Jan-{at + 10}-24"
              for at in range(12)),
        {"date": "Sale Date", "order": "Order Number", "customer": "Buyer Username", "product": "Custom Label",
         "quantity": "Quantity", "unit_price": "Sold For"},
        {"revenue": "quantity * unit_price"},
    ),
    File(
        "total_lines.csv",
        "OrderID,OrderDate,CustomerID,SKU,Qty,Price,Total",
        ("1,2024-01-13,C1,S1,2,17.00,67.00", "1,2024-01-13,C1,S2,3,11.00,67.00", "2,2024-01-15,C2,S2,3,15.00,87.00",
         "2,2024-01-15,C2,S3,1,18.00,87.00", "2,2024-01-15,C2,S4,2,12.00,87.00"),
        {"date": "OrderDate", "order": "OrderID", "customer": "CustomerID", "product": "SKU", "quantity": "Qty",
         "unit_price": "Price"},
        {"revenue": "quantity * unit_price"},
    ),
    File(
        "anrufe.csv",
        "Anrufnummer;Anrufdatum;Anrufer;Richtung;Wartezeit;Dauer",
        tuple(f"{at};{at + 10}.01.2024;K{at};ein;{at * 3};{at * 60}" for at in range(8)),
        {"date": "Anrufdatum", "number": "Anrufnummer", "customer": "Anrufer", "direction": "Richtung",
         "waited_seconds": "Wartezeit", "duration_seconds": "Dauer"},
        subject="calls",
    ),
    File(
        "giacenze.csv",
        "Data inventario;Codice articolo;Magazzino;Giacenza;Scorta minima",
        tuple(f"{at + 10}/01/2024;A{at};Prato;{at};5" for at in range(8)),
        {"date": "Data inventario", "product": "Codice articolo", "place": "Magazzino", "on_hand": "Giacenza",
         "reorder_level": "Scorta minima"},
        subject="stock",
    ),
)  # fmt: skip


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def part_of(found: Proposal, subject: str = LINE_SUBJECT) -> Part:
    """The part of a proposal, once it was printed and read again."""
    part = Mapping.from_text(found.mapping.to_toml()).part(subject)
    assert part is not None
    return part


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_files_of_products(tmp_path: Path, file: File) -> None:
    text = file.above + "\n".join([file.header, *file.rows]) + "\n"
    found = propose_all([write(tmp_path, file.name, text, file.encoding)])
    part = part_of(found, file.subject)
    assert dict(part.columns) == file.columns
    assert dict(part.expressions) == file.expressions
    assert (part.shape.only, part.returns, part.shape.fill) == (file.only, file.returns, file.fill)
    assert file.said in " ".join(found.remarks)


def test_files_that_belong_together(tmp_path: Path) -> None:
    written = {
        "orders.csv": "orderID,customerID,orderDate,shipCity\n1,A,2024-01-13,Rome\n2,B,2024-01-15,Lyon\n",
        "order-details.csv": "orderID,productID,unitPrice,quantity,discount\n1,7,10,2,0.1\n1,8,5,1,0\n2,7,10,1,0\n",
        "customers.csv": "customerID,companyName,city\nA,Ann Ltd,Rome\nB,Bob Ltd,Lyon\n",
        "products.csv": "productID,productName,categoryID\n7,Tea,1\n8,Jam,2\n",
        "categories.csv": "categoryID,categoryName\n1,Drinks\n2,Spreads\n",
        "shelves.csv": "shelf,height\n1,30\n",
    }
    found = propose_all([write(tmp_path, name, text) for name, text in written.items()])
    lines, products = part_of(found), part_of(found, "products")
    assert [(each.file, each.on, each.to) for each in lines.joins] == [("orders.csv", "orderID", "orderID")]
    assert (lines.columns["date"], lines.columns["customer"]) == ("orderDate", "customerID")
    assert "city" not in lines.columns  # what the list of customers says
    assert products.columns["category"] == "categoryName"
    assert part_of(found, "customers").columns["customer_name"] == "companyName"
    assert found.unused == ("shelves.csv",)
    assert found.in_words() == ["shelves.csv: nothing was made of it."]
    assert load(found.mapping, tmp_path / "w.duckdb").revenue == 33


def test_the_price_may_lie_in_the_list_of_products(tmp_path: Path) -> None:
    sales = write(
        tmp_path, "sales.csv", "Sale ID,Date,Product ID,Units\n1,2024-01-13,7,2\n2,2024-01-15,8,3\n"
    )
    products = write(
        tmp_path, "products.csv", "Product ID,Product Name,Product Price\n7,Tea,$10.00\n8,Jam,$5.50\n"
    )
    found = propose_all([sales, products])
    assert part_of(found).columns["unit_price"] == "Product Price"
    assert load(found.mapping, tmp_path / "w.duckdb").revenue == 36.5


@pytest.mark.parametrize(("listed", "named"), [("{:04}", "{}"), ("{}", "{:04}")])
def test_lost_zeros_are_given_back_to_the_file_that_lost_them(
    tmp_path: Path, listed: str, named: str
) -> None:
    people = "".join(f"{listed.format(at)},Firm {at},Rome\n" for at in range(1, 9))
    sales = "".join(f"2024-01-{at + 10},A{at},{named.format(at % 8 + 1)},5.50\n" for at in range(12))
    paths = [write(tmp_path, "customers.csv", "Number,Name,City\n" + people),
             write(tmp_path, "sales.csv", "Day,Order,Customer,Amount\n" + sales)]  # fmt: skip
    found = propose_all(paths)
    poor, rich = ("order_lines", "customers") if listed == "{:04}" else ("customers", "order_lines")
    assert dict(part_of(found, poor).shape.pad) == {"customer": 4}
    assert not part_of(found, rich).shape.pad
    assert "has lost its leading zeros: 1 is 0001 in" in found.remarks[0]
    assert not found.notices["order_lines"]


def test_orders_are_looked_up_without_their_zeros(tmp_path: Path) -> None:
    orders = "".join(f"{at:05},2024-01-{at + 10},C{at % 3}\n" for at in range(1, 9))
    details = "".join(f"{at % 8 + 1},P{at % 5},2,{at + 1}.50\n" for at in range(20))
    paths = [write(tmp_path, "details.csv", "order_id,product,quantity,unit_price\n" + details),
             write(tmp_path, "orders.csv", "order_id,order_date,customer_id\n" + orders)]  # fmt: skip
    found = propose_all(paths)
    assert [each.pad for each in part_of(found).joins] == [5]
    assert "filled to 5 digits" in found.remarks[0]
    assert not found.notices["order_lines"]


def test_files_of_one_header_are_one_stream(tmp_path: Path) -> None:
    rows = "Date,Order no,Amount\n2024-01-13,A{0},5.00\n2024-01-14,B{0},7.00\n"
    paths = [write(tmp_path, f"sales_{year}.csv", rows.format(year)) for year in (2023, 2024)]
    found = propose_all([*paths, write(tmp_path, "stores.csv", "Store ID,Store Name\n1,Rome\n")])
    assert part_of(found).file == "sales_*.csv"
    assert load(found.mapping, tmp_path / "w.duckdb").revenue == 24
    odd = [write(tmp_path, "a.csv", rows.format(1)), write(tmp_path, "b.csv", rows.format(2))]
    other = write(tmp_path, "ab.csv", "Store ID,Store Name\n1,Rome\n")
    assert propose_all([*odd, other]).remarks[0].startswith("b.csv: as a.csv, but no pattern finds them all")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Order date;Order ID;Currency;Amount\n" + "".join(
        f"2024-01-{at + 10};{at};{'JPY' if at % 3 else 'EUR'};{at + 1}00\n" for at in range(9)
    )
    path = write(tmp_path, "cur.csv", text)
    assert main(["propose", str(path), "--source", "till"]) == 0
    out, err = capsys.readouterr()
    assert Mapping.from_text(out).source == "till"
    assert "several currencies" in err
    assert "Only JPY: only = " in err
    assert main(["propose", str(write(tmp_path, "x.csv", "shelf,height\n1,30\n"))]) == 2
    assert "Nothing tells what x.csv is about" in capsys.readouterr().err
    with pytest.raises(BadInput):
        propose_all([tmp_path / "none.csv"])
