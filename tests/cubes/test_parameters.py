"""Parameters of addresses and commands: what is misspelt, doubled or neither yes nor no is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes.__main__ import main
from cubes.address_parameters import check_names, is_yes, only
from cubes.query import Cut, Query, parse_cut, parse_query, split_measure
from cubes.relative_period import parse_relative
from data.__main__ import main as data_main
from data.errors import BadRequest

NINES = "9" * 5000  # more digits than Python reads


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"wehre": ["country=Italy"]}, "Did you mean 'where'"),
        ({"measure": ["orders"]}, "Did you mean 'measures'"),
        ({"utm_source": ["mail"]}, "'utm_source', which means nothing here"),
        ({"measures": ["orders", "customers"]}, "'measures' stands 2 times: orders and customers"),
        ({"rows": ["country", "country"]}, "'rows' stands 2 times"),
        ({"compare": ["year", "previous"]}, "'compare' stands 2 times"),
        ({"compare": ["year,previous"]}, "Nothing can be compared with"),
        ({"cube": ["sales", "stock"]}, "'cube' stands 2 times"),
        ({"totals": ["yes", "no"]}, "'totals' stands 2 times"),
        ({"totals": ["maybe"]}, "neither yes nor no"),
        ({"as_of": ["now", "2024-12-31"]}, "'as_of' stands 2 times"),
        ({"top": ["country=3", "country=5"]}, "The top of 'country' is named twice"),
        ({"top": [f"country={NINES}"]}, "is no top"),
    ],
)
def test_nothing_in_an_address_is_passed_over(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_query(parameters)


def test_numbers_that_nobody_counts_to_are_refused_as_others_are() -> None:
    with pytest.raises(BadRequest, match="does not say over how many periods"):
        split_measure(f"revenue:moving_average_{NINES}")
    with pytest.raises(BadRequest, match="is no period"):
        parse_relative(f"last {NINES} days")


@pytest.mark.parametrize("text", ["no", "No", "false", "0", "off", ""])
def test_what_says_no_is_no(text: str) -> None:
    assert parse_query({"totals": [text]}) == Query()


@pytest.mark.parametrize("text", ["yes", "TRUE", "1", "on"])
def test_what_says_yes_is_yes(text: str) -> None:
    assert parse_query({"totals": [text]}) == Query(totals=True)


def test_several_filters_and_tops_of_different_levels_are_meant() -> None:
    query = parse_query({"where": ["country=Italy", "year=2011"], "top": ["country=3", "city=5"]})
    assert (len(query.cuts), dict(query.top)) == (2, {"country": 3, "city": 5})


names = st.text(st.sampled_from("|\\;%=a "), min_size=1, max_size=6).map(str.strip).filter(bool)


@given(st.lists(names, min_size=1, max_size=4, unique=True), st.booleans())
def test_whatever_bars_and_backslashes_names_hold_a_filter_keeps_them(members: list[str], out: bool) -> None:
    cut = Cut("country", tuple(members), exclude=out)
    assert parse_cut(str(cut)) == cut
    within = parse_cut(f"customer by revenue > 5 within {str(cut).replace('%', '%25').replace(';', '%3B')}")
    assert parse_query(Query(cuts=(within,)).to_parameters()).cuts[0].condition.within == (str(cut),)


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("country=France|Germany", ("France", "Germany")),
        ("country=France||Germany|", ("France", "Germany")),
        (r"country=C:\temp|D:\\x", (r"C:\temp", r"D:\\x")),
        (r"country=A%2FB%7CC|D\\", ("A%2FB%7CC", "D\\\\")),
        (r"country=A\|B|C", ("A|B", "C")),
        (r"country=A\\|B", ("A\\", "B")),
    ],
)
def test_filters_of_earlier_links_mean_what_they_meant(text: str, members: tuple[str, ...]) -> None:
    assert parse_cut(text).members == members


def test_one_parameter_at_a_time() -> None:
    check_names({"a": [""]}, ["a", "b"])
    assert (only({"a": [" x "]}, "a"), only({}, "a"), is_yes({}, "a")) == ("x", "", False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--wehre", "country=Italy"], "Did you mean '--where'"),
        (["--measures", "revenue", "--measures", "orders"], "--measures is given twice"),
        (["--format", "csv", "--format", "json"], "--format is given twice"),
        (["--totals=no"], "--totals"),
    ],
)
def test_commands_tell_what_they_do_not_hear(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "sales", *arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status", "--jsn"], "Did you mean '--json'"),
        (["check", "--warehouse", "a", "--warehouse", "b"], "--warehouse is given twice"),
    ],
)
def test_so_do_the_commands_of_data(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        data_main(arguments)
    assert says in capsys.readouterr().err
