"""Files of a folder, day after day: each stands for itself, and none undoes what another told."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.__main__ import main
from data.connection import Connection
from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.mappings.deliveries import find
from data.quality import source_health
from data.recovery.earlier_states import go_back, undo_load
from data.store.warehouse import Warehouse
from tests.data.load_files import ask
from tests.made_once import folder_once

SHOP = """
source = "shop"
match = false
{lists}
[order_lines]
file = "shop_*.csv"
{settings}
[order_lines.columns]
order = "Order"
date = "Day"
customer = "Nr"
revenue = {amount}
"""
LISTS = """
[customers]
file = "cust_*.csv"
as_of = "cust_%Y%m%d"
changes = "full"
{more}
[customers.columns]
customer = "Nr"
customer_name = "Name"
"""
DATED = 'as_of = "shop_%Y%m%d"\nkey = ["order"]'
DAYS = "SELECT strftime(DATE '1970-01-01' + day_key, '%m%d'), revenue::INT FROM sale ORDER BY ALL"


class Firm:
    """A folder of drops and its warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "w.duckdb"
        self.lists, self.settings, self.amount = "", DATED, '"Amount"'

    def sold(self, day: str, *orders: tuple[str, int], named: str = "", amount: str = "Amount") -> Path:
        rows = [f"{order},2026-{day[:2]}-{day[2:]},1,{revenue}" for order, revenue in orders]
        file = self.folder / (named or f"shop_2026{day}.csv")
        file.write_text("\n".join([f"Order,Day,Nr,{amount}", *rows]) + "\n")
        return file

    def listed(self, day: str, count: int) -> None:
        rows = [f"{number},Person {number}" for number in range(count)]
        (self.folder / f"cust_2026{day}.csv").write_text("\n".join(["Nr,Name", *rows]) + "\n")

    def load(self, file: Path | None = None, **how: Any) -> Report:
        text = SHOP.format(lists=self.lists, settings=self.settings, amount=self.amount)
        return load(Mapping.from_text(text, self.folder), self.path, file, **how)

    def days(self) -> list[tuple[str, int]]:
        return [(day, revenue) for day, revenue in ask(self.folder, DAYS)]

    def waits(self) -> list[str]:
        store = Warehouse(self.path)
        try:
            return source_health.waiting(store)["file"].to_list()
        finally:
            store.close()


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    return Firm(tmp_path)


def spoiled_name(firm: Firm) -> Path:
    return Path(shutil.copy(firm.folder / "shop_20260901.csv", firm.folder / "shop_20260901 (1).csv"))


def spoiled_rows(firm: Firm) -> Path:
    file = firm.sold("0902")
    file.write_text("")
    return file


def spoiled_column(firm: Firm) -> Path:
    return firm.sold("0903", ("B", 5), amount="Sum")


def spoiled_values(firm: Firm) -> Path:
    file = firm.sold("0904")
    file.write_text("Order,Day,Nr,Amount\nB,someday,1,5\n")
    return file


def test_bad_files_wait_and_stop_no_other(firm: Firm) -> None:
    firm.lists = LISTS.format(more="")
    firm.sold("0901", ("A", 1))
    firm.load()
    bad = sorted(spoil(firm).name for spoil in (spoiled_name, spoiled_rows, spoiled_column, spoiled_values))
    firm.listed("0906", 2)
    firm.sold("0906", ("C", 3))
    report = firm.load()
    assert firm.days() == [("0901", 1), ("0906", 3)]
    assert sorted(each.file for each in report.waiting) == bad
    assert all(each.file in str(each) for each in report.waiting)
    assert sorted(firm.waits()) == bad
    before = firm.path.read_bytes()
    assert sorted(each.file for each in firm.load().waiting) == bad
    assert firm.path.read_bytes() == before
    for name in bad:
        (firm.folder / name).unlink()
    assert firm.load().waiting == ()
    assert firm.waits() == []


def test_a_list_that_is_not_there_yet_stops_nothing(firm: Firm) -> None:
    firm.lists = LISTS.format(more="")
    firm.sold("0901", ("A", 1))
    report = firm.load()
    assert (report.rows_loaded, [each.file for each in report.waiting]) == (1, ["cust_*.csv"])
    firm.listed("0901", 2)
    assert firm.load().waiting == ()
    assert ask(firm.folder, "SELECT count(*) FROM customer WHERE name = 'Person 1'") == [(1,)]


def test_a_day_without_sales_is_no_fault(firm: Firm) -> None:
    with pytest.raises(BadInput, match="holds a header and no rows"):
        firm.load(firm.sold("0901"))
    firm.sold("0901", ("A", 1))
    firm.load()
    firm.sold("0902")
    report = firm.load()
    assert (report.waiting, report.warnings) == ((), ())
    assert "shop_20260902.csv holds a header and no rows." in report.notes
    assert firm.load().unchanged
    firm.sold("0902", ("B", 2))
    firm.load()
    assert firm.days() == [("0901", 1), ("0902", 2)]


def test_a_stream_may_begin_with_a_day_without_sales(firm: Firm) -> None:
    firm.sold("0901")
    firm.sold("0902", ("A", 1))
    report = firm.load()
    assert (report.waiting, report.rows_loaded) == ((), 1)


def test_what_fails_late_is_taken_back_and_the_others_stay(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.load.record import sale_rows

    insert = sale_rows.insert

    def failing(connection: Connection, part: Any, typed: str, *more: Any) -> None:
        insert(connection, part, typed, *more)
        if connection.execute(f"SELECT bool_or(f_order = 'B') FROM {typed}").fetchall()[0][0]:
            connection.execute("SELECT error('of the engine')")

    monkeypatch.setattr("data.load.merge_rows.sale_rows.insert", failing)
    for day, order in (("0901", "A"), ("0902", "B"), ("0903", "C")):
        firm.sold(day, (order, 1))
    report = firm.load()
    assert firm.days() == [("0901", 1), ("0903", 1)]
    assert [each.file for each in report.waiting] == ["shop_20260902.csv"]
    assert "of the engine" not in str(report.waiting[0])


def test_old_and_new_names_of_a_column_stand_side_by_side(firm: Firm) -> None:
    firm.sold("0901", ("A", 1))
    firm.load()
    firm.sold("0902", ("B", 2), amount="Net")
    report = firm.load()
    advised = 'Say revenue = ["Net", "Amount"] under [order_lines.columns].'
    assert ("shop_20260902.csv" in str(report.waiting[0]), advised in str(report.waiting[0])) == (True, True)
    firm.amount = '["Net", "Amount"]'
    report = firm.load()
    assert firm.days() == [("0901", 1), ("0902", 2)]
    assert (report.waiting, report.warnings, report.rows_read) == ((), (), 1)
    firm.sold("0903", ("C", 3))
    assert firm.load().warnings == ()
    firm.amount = '"Net"'
    report = firm.load()
    assert {each.file for each in report.waiting} == {"shop_20260901.csv", "shop_20260903.csv"}
    assert 'revenue = ["Amount", "Net"]' in str(report.waiting[0])
    assert firm.days() == [("0901", 1), ("0902", 2), ("0903", 3)]


def test_files_loaded_before_are_one_sentence(firm: Firm) -> None:
    for day in ("0901", "0902", "0903"):
        firm.sold(day, (day, 1))
    firm.load()
    again = firm.load()
    assert again.notes == ("3 files were loaded before: nothing changed there.",)
    assert again.sentences() == ["Already loaded as batches 1 to 3; nothing changed."]


def test_a_folder_whose_files_were_archived_waits_for_nothing(firm: Firm) -> None:
    with pytest.raises(BadInput, match=r"No file in .* is called like"):
        firm.load()
    file = firm.sold("0907", ("A", 10))
    firm.load()
    file.rename(firm.folder / "archived.csv")
    report = firm.load()
    assert (report.sentences(), report.waiting) == (["Already loaded as batch 1; nothing changed."], ())
    firm.sold("0908", ("B", 20))
    assert (firm.load().waiting, firm.days()) == ((), [("0907", 10), ("0908", 20)])


def test_what_is_told_of_one_of_several_files_names_it(firm: Firm) -> None:
    firm.sold("0907", ("A", 10))
    firm.load()
    firm.sold("0908", ("B", 20))
    odd = firm.sold("0909", ("C", 30))
    odd.write_text(
        odd.read_text().replace("2026-09-09,1,30", "2026-12-09,1,30,x").replace("Amount", "Amount,Till")
    )
    told = [each.split(": ")[:2] for each in firm.load().warnings]
    assert [file for file, _ in told] == [odd.name] * 2
    assert [words.split(" fails")[0] for _, words in told] == [
        "The column 'Till' is new. Map it, or leave it", "The check “date is not in the future”",
    ]  # fmt: skip


def test_a_copy_beside_its_file_is_called_one(firm: Firm) -> None:
    file = firm.sold("0907", ("A", 10))
    firm.sold("0908", ("B", 10), named="shop_20260907 (1).csv")
    (firm.folder / "shop_20260907 (2).csv").write_bytes(file.read_bytes())
    mapping = Mapping.from_text(SHOP.format(lists="", settings=DATED, amount='"Amount"'), firm.folder)
    told = {each.file: each.reason for each in find(mapping).waiting}
    assert told["shop_20260907 (1).csv"].startswith("shop_20260907 (1).csv is not called as the mapping says")
    assert told["shop_20260907 (2).csv"].startswith(
        "shop_20260907 (2).csv holds just what shop_20260907.csv holds."
    )


def test_a_copy_under_the_next_days_name_does_not_block_the_true_days_correction(firm: Firm) -> None:
    file = firm.sold("0907", ("A", 10))
    firm.load()
    shutil.copy(file, firm.folder / "shop_20260908.csv")
    report = firm.load()
    assert report.warnings == (
        "shop_20260908.csv is the same as shop_20260907.csv: it was taken for a copy, and changes nothing.",
    )
    firm.sold("0907", ("A", 99))
    firm.load()
    assert firm.days() == [("0907", 99)]
    firm.sold("0908", ("B", 5))
    assert firm.load().warnings == ()
    assert firm.days() == [("0907", 99), ("0908", 5)]


@pytest.mark.parametrize("settings", [DATED, 'key = ["order"]'])
def test_an_order_withdrawn_in_a_corrected_file_is_gone(firm: Firm, settings: str) -> None:
    firm.settings = settings
    whole = [("A", 1), ("B", 2), ("C", 4)]
    first = firm.sold("0901", *whole).read_bytes()
    firm.load()
    firm.sold("0902", ("C", 8))
    firm.load()
    firm.sold("0901", ("A", 1))
    report = firm.load()
    assert firm.days() == [("0901", 1), ("0902", 8)]
    assert ["1 records that shop_20260901.csv brought before" in each for each in report.warnings] == [True]
    assert report.lines.rows_replaced == 1
    (firm.folder / "shop_20260901.csv").write_bytes(first)  # its newest state counts, be it an earlier one
    firm.load()
    of_c = [("0902", 8)] if settings == DATED else [("0901", 4)]
    assert firm.days() == sorted([("0901", 1), ("0901", 2), *of_c])


def test_a_file_that_is_written_over_each_day_withdraws_nothing(firm: Firm) -> None:
    for day, order in (("0901", "A"), ("0902", "B")):
        file = firm.sold(day, (order, 1), named="today.csv")
        firm.settings = 'key = ["order"]'
        text = SHOP.format(lists="", settings=firm.settings, amount=firm.amount).replace(
            "shop_*.csv", "today.csv"
        )
        load(Mapping.from_text(text, firm.folder), firm.path, file)
    assert firm.days() == [("0901", 1), ("0902", 1)]


def test_another_file_of_the_same_moment_takes_nothing_away_and_says_so(firm: Firm) -> None:
    firm.settings, moment = 'key = ["order"]', datetime(2026, 9, 2)
    firm.load(firm.sold("0901", ("A", 1), ("B", 2), named="north.csv"), as_of=moment)
    report = firm.load(firm.sold("0901", ("A", 3), named="north again.csv"), as_of=moment)
    assert firm.days() == [("0901", 2), ("0901", 3)]
    assert ["1 records that another file of the same moment" in each for each in report.notes] == [True]


def test_a_rejected_row_of_a_corrected_file_withdraws_nothing(firm: Firm) -> None:
    firm.sold("0901", ("A", 1), ("B", 2))
    firm.load()
    file = firm.sold("0901", ("A", 3), ("B", 2))
    file.write_text(file.read_text().replace("1,2\n", "1,two\n"))
    report = firm.load()
    assert (report.rows_rejected, firm.days()) == (1, [("0901", 2), ("0901", 3)])


def test_a_file_without_a_key_that_comes_again_is_its_newest_state(firm: Firm) -> None:
    firm.settings, whole = "", [("A", 1), ("A", 1), ("B", 2)]
    firm.sold("0902", ("C", 4))
    for orders in (whole, [("A", 3)], whole):
        firm.sold("0901", *orders)
        report = firm.load()
        assert firm.days() == sorted([("0901", revenue) for _, revenue in orders] + [("0902", 4)])
    assert (report.lines.rows_replaced, len(report.warnings)) == (1, 1)
    assert "take the place of the 1 that it brought before" in report.warnings[0]
    firm.sold("0901", *[(f"o{number}", 1) for number in range(40)])
    firm.load()
    firm.sold("0901", ("D", 5))
    assert "40 of the 40 rows that this file brought before are of orders" in str(firm.load().waiting[0])
    firm.load(accepted=True)
    assert firm.days() == [("0901", 5), ("0902", 4)]


def test_many_withdrawn_orders_are_asked_about(firm: Firm) -> None:
    many = [(f"o{number}", 1) for number in range(60)]
    firm.sold("0901", *many)
    firm.load()
    file = firm.sold("0901", *many[:30])
    with pytest.raises(BadInput, match=r"30 of the 60 records.*--accept"):
        firm.load(file)
    firm.load(file, accepted=True)
    assert len(firm.days()) == 30


@pytest.mark.parametrize(
    ("left", "more", "taken"),
    [(60, "", False), (90, "", True), (60, "checks = [{ rows_within = 0.9 }]", True)],
)
def test_a_full_export_with_many_missing_is_asked_about(
    firm: Firm, left: int, more: str, taken: bool
) -> None:
    firm.lists = LISTS.format(more=more)
    firm.sold("0901", ("A", 1))
    firm.listed("0901", 100)
    firm.load()
    firm.listed("0902", left)
    report = firm.load()
    gone = "SELECT count(*) FROM customer WHERE customer_code > 0 AND year(valid_to) < 9999"
    assert ask(firm.folder, gone) == [(100 - left if taken else 0,)]
    assert [each.file for each in report.waiting] == ([] if taken else ["cust_20260902.csv"])
    if not taken:
        assert "40 of the 100 customers" in str(report.waiting[0])
        assert firm.load(accepted=True).waiting == ()
        assert ask(firm.folder, gone) == [(40,)]


def test_a_full_export_of_facts_with_many_missing_is_asked_about(firm: Firm) -> None:
    firm.settings = 'as_of = "shop_%Y%m%d"\nchanges = "full"'
    many = [(f"o{number}", 1) for number in range(100)]
    firm.sold("0901", *many)
    firm.load()
    firm.sold("0902", *many[:50])
    assert "50 of the 100 rows of order lines" in str(firm.load().waiting[0])
    assert len(firm.days()) == 100
    firm.sold("0903", *many[:95])
    assert [each.file for each in firm.load().waiting] == ["shop_20260902.csv"]
    assert len(firm.days()) == 95


def three_days(folder: Path) -> None:
    firm = Firm(folder)
    for day, order in (("0901", "A"), ("0902", "B"), ("0903", "C")):
        firm.sold(day, (order, 1))
        firm.load()


def undo_twice(path: Path) -> None:
    undo_load(path)
    undo_load(path)


def go_back_twice(path: Path) -> None:
    assert go_back(path, 2) == 1
    assert go_back(path, 1) == 2


@pytest.mark.parametrize("undo", [undo_twice, go_back_twice])
def test_an_undone_load_stays_away_until_its_file_changes_or_is_named(firm: Firm, undo: Any) -> None:
    folder_once(firm.folder, three_days)
    undo(firm.path)
    for _ in range(2):
        report = firm.load()
        assert firm.days() == [("0901", 1)]
        assert "shop_20260903.csv is left out: its load was undone" in " ".join(report.notes)
    assert firm.waits() == ["shop_20260902.csv", "shop_20260903.csv"]
    firm.load(firm.folder / "shop_20260902.csv")
    assert firm.days() == [("0901", 1), ("0902", 1)]
    firm.sold("0903", ("C", 2))
    firm.load()
    assert firm.days() == [("0901", 1), ("0902", 1), ("0903", 2)]


def test_what_going_back_left_out_is_there_once_that_is_taken_back(firm: Firm) -> None:
    for day in ("0901", "0902"):
        firm.sold(day, (day, 1))
        firm.load()
    assert (go_back(firm.path, 1), go_back(firm.path, 2)) == (1, 0)
    assert (firm.load().unchanged, firm.waits()) == (True, [])


CHANGES = """
source = "shop"
match = false
[order_lines]
key = ["order"]
changes = "{changes}"
[order_lines.columns]
order = "Order"
date = "Day"
revenue = "Amount"
{more}
"""
EXPORT = (
    CHANGES.format(changes="full", more=""),
    "Order,Day,Amount\nA,2026-09-01,1\nB,2026-09-01,2\nD,2026-09-01,3\n",
)
INCREMENT = (
    CHANGES.format(changes="modified", more='modified = "At"\ndeleted = "Gone"'),
    """Order,Day,Amount,At,Gone
A,2026-09-01,5,2026-09-01 23:55,no
N,2026-09-01,7,2026-09-01 23:56,no
D,2026-09-01,3,2026-09-01 23:57,yes
""",
)
ORDERS = [(0, 1), (1, 0)]
OF_INCREMENT = ["2026-09-02", "2026-09-03"]


def bring(firm: Firm, both: tuple[Any, Any], order: tuple[int, int], moment: str) -> None:
    """A full export of 2 September and an increment of `moment`, in this order."""
    for at in order:
        file = firm.folder / f"{at}.csv"
        file.write_text(both[at][1])
        as_of = datetime.fromisoformat(moment if at else "2026-09-02")
        load(Mapping.from_text(both[at][0], firm.folder), firm.path, file, as_of=as_of)


@pytest.mark.parametrize(("order", "moment"), [*zip(ORDERS, OF_INCREMENT, strict=True)])
def test_a_full_export_loses_no_change_that_was_committed_after_it(
    firm: Firm, order: tuple[int, int], moment: str
) -> None:
    """A changed at 23:55, in a transaction that the export of midnight did not see; the next increment tells it, be it
    of the same day."""
    bring(firm, (EXPORT, INCREMENT), order, moment)
    assert firm.days() == [("0901", 2), ("0901", 5), ("0901", 7)]


LIST = """
source = "erp"
match = false
[customers]
changes = "{changes}"
[customers.columns]
customer = "Nr"
city = "City"
{more}
"""
ALL = (LIST.format(changes="full", more=""), "Nr,City\na,Rome\nb,Rome\n")
CHANGED = (
    LIST.format(changes="modified", more='modified = "At"'),
    "Nr,City,At\na,Milan,2026-09-01 23:55\nc,Oslo,2026-09-01 23:56\n",
)


@pytest.mark.parametrize(("order", "moment"), [*zip(ORDERS, reversed(OF_INCREMENT), strict=True)])
def test_a_full_list_loses_no_change_that_was_committed_after_it(
    firm: Firm, order: tuple[int, int], moment: str
) -> None:
    bring(firm, (ALL, CHANGED), order, moment)
    now = "SELECT id, city FROM customer WHERE customer_code > 0 AND year(valid_to) = 9999 ORDER BY 1"
    assert ask(firm.folder, now) == [("a", "Milan"), ("b", "Rome"), ("c", "Oslo")]


def test_a_second_firm_is_asked_about_once(firm: Firm) -> None:
    file = firm.sold("0901", ("A", 1))
    text = SHOP.format(lists="", settings=DATED, amount=firm.amount)

    def bring(name: str, **how: Any) -> Report:
        mapping = Mapping.from_text(f'firm = "{name}"\n{text}', firm.folder)
        return load(mapping, firm.path, file, **how)

    bring("Rossi SpA")
    assert bring("rossi  spa").unchanged
    with pytest.raises(BadInput, match=r'that of Rossi SpA; the mapping says firm = "Bianchi".*--same-firm'):
        bring("Bianchi")
    firm.sold("0901", ("A", 2))
    bring("Bianchi", same_firm=True)
    assert bring("Rossi SpA").unchanged
    assert bring("Bianchi").unchanged


def test_the_command_says_what_waits_and_is_quiet_otherwise(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = firm.folder / "m.toml"
    mapping.write_text(SHOP.format(lists="", settings=DATED, amount=firm.amount))
    asked = ["load", str(mapping), "--warehouse", str(firm.path), "--quiet"]
    good, bad = firm.sold("0901", ("A", 1)), firm.sold("0902")
    bad.write_text("")
    assert main([*asked, "--file", str(good), "--file", str(bad)]) == 1
    assert capsys.readouterr() == (
        "",
        "shop: shop_20260902.csv is empty. Export it again, with its header line.\n",
    )
    assert main(asked) == 1
    assert capsys.readouterr().err.startswith("shop: Not loaded: shop_20260902.csv is empty.")
    bad.unlink()
    assert main(asked) == 0
    assert capsys.readouterr() == ("", "")
    assert main([*asked, "--file", str(firm.folder / "nothing.csv")]) == 2


def test_a_correction_that_is_taken_back_is_news(firm: Firm) -> None:
    firm.settings = 'key = ["order"]'
    whole, less = [("A", 10), ("B", 20)], [("A", 11)]
    for orders in (whole, less, whole, [*less, ("C", 5)]):
        firm.sold("0901", *orders)
        assert firm.load().notes == ()
        assert firm.days() == [("0901", revenue) for revenue in sorted(each for _, each in orders)]
    assert firm.load().unchanged


def test_a_list_that_goes_back_on_its_own_correction_is_believed(firm: Firm) -> None:
    firm.lists = LISTS.format(more="")
    firm.sold("0901", ("A", 1))
    for count in (3, 1, 3, 2):
        firm.listed("0901", count)
        firm.load()
        now = "SELECT count(*) FROM customer WHERE name LIKE 'Person%' AND year(valid_to) = 9999"
        assert ask(firm.folder, now) == [(count,)]


def test_a_copy_under_another_name_brings_no_corrected_words_back(firm: Firm) -> None:
    firm.settings, moment = 'key = ["order"]', datetime(2026, 9, 2)
    first, last = firm.sold("0901", ("A", 1), named="a.csv"), [("0901", 2)]
    firm.load(first, as_of=moment)
    firm.load(firm.sold("0901", ("A", 2), named="b.csv"), as_of=moment)
    assert firm.load(first, as_of=moment).unchanged
    firm.load(firm.sold("0901", ("A", 1), ("B", 5), named="a.csv"), as_of=moment)
    assert firm.days() == [*last, ("0901", 5)]
    firm.load(firm.sold("0901", ("A", 2), ("C", 7), named="c.csv"), as_of=moment)
    assert firm.days() == [*last, ("0901", 5), ("0901", 7)]
    (firm.folder / "b.csv").write_bytes((firm.folder / "a.csv").read_bytes())
    firm.load(firm.folder / "b.csv", as_of=moment)  # b corrected itself
    assert firm.days() == [("0901", 1), ("0901", 5), ("0901", 7)]
