"""The glossary: every measure that people may ask for stands in it, in words, with its way into Explore."""

from __future__ import annotations

import re

import pytest

from cubes import catalogue
from cubes.catalogue.listed_measures import BETWEEN_CUBES
from cubes.query import DERIVATIONS
from data.store.warehouse import Warehouse
from pages.manage.glossary.derivation_words import derivations
from pages.manage.glossary.glossary_entries import asked_by, glossary_entries, level_rows
from pages.manage.glossary.glossary_html import by_subject
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [Line(), Line(order="o2", customer="Bob", country="Italy")]
    return tiny_warehouse(tmp_path_factory.mktemp("firm") / "w.duckdb", lines)


def test_every_shown_measure_stands_in_it_once(firm: Warehouse) -> None:
    entries = glossary_entries(firm.profile)
    assert {each.written for each in entries if each.group == "Sales"} == {
        each.name for each in catalogue.load("sales", firm.profile).measures if not each.hidden
    }
    assert len({each.written for each in entries}) == len(entries)
    assert entries[-1].group == BETWEEN_CUBES
    assert all(each.doc and each.formula and each.more and each.unit for each in entries)


def test_subjects_stand_together_within_a_cube(firm: Warehouse) -> None:
    subjects = [(each.group, each.subject) for each in glossary_entries(firm.profile)]
    runs = [pair for at, pair in enumerate(subjects) if at == 0 or subjects[at - 1] != pair]
    assert len(runs) == len(set(runs))


def test_only_what_is_loaded_leads_to_explore(firm: Warehouse) -> None:
    ways = {each.written: each.href for each in glossary_entries(firm.profile)}
    assert ways["revenue"] == "explore?measures=revenue&rows=country"
    assert ways["interactions.interactions"] == ways["interactions_per_order"] == ""


def test_entries_are_found_by_any_of_their_words(firm: Warehouse) -> None:
    entries = glossary_entries(firm.profile)
    for text in ("REVENUE PER", "revenue_per_customer", "revenue ÷ customers", "without a known"):
        assert "revenue_per_customer" in {each.written for each in entries if each.holds(text)}
    assert not [each for each in entries if each.holds("no such words")]
    assert all(each.holds("") for each in entries)


def test_folded_or_not_every_entry_stands_under_its_subject(firm: Warehouse) -> None:
    sales = [each for each in glossary_entries(firm.profile) if each.group == "Sales"]
    plain, folded = by_subject(sales, folded=False), by_subject(sales, folded=True)
    subjects = list(dict.fromkeys(each.subject for each in sales))
    assert re.findall(r"<h3>(.*?)</h3>", plain) == subjects
    counts = [str(sum(each.subject == name for each in sales)) for name in subjects]
    assert re.findall(r"<details><summary>(.*?) <small>(.*?)</small>", folded) == list(
        zip(subjects, counts, strict=True)
    )
    articles = re.compile(r"<article.*?</article>")
    assert articles.findall(plain) == articles.findall(folded)
    assert len(articles.findall(plain)) == len(sales)


def test_levels_go_from_coarse_to_fine_with_their_members(firm: Warehouse) -> None:
    rows = level_rows([catalogue.load("sales", firm.profile)], firm.profile)
    assert ("Customer", "Country (2) › Region (2) › City (2) › Customer (2)") in rows
    assert asked_by(catalogue.load("sales", firm.profile), firm.profile).startswith(
        "By time, customer, product"
    )


def test_every_derivation_is_told() -> None:
    told = list(derivations())
    assert len(told) == len(DERIVATIONS)
    assert all(sentence and "{" not in sentence for _, _, sentence in told)
    assert (":growth_year", "the year before") in {
        (written, "the year before" if "year before" in said else "") for _, written, said in told
    }
