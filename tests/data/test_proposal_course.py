"""What is told and said of proposals comes to one state: statuses, links between those that say the same, supports."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.collaborate.guessed_language import guessed_language
from data.collaborate.merged_proposals import ProposalMerge, check_merge, roots_of
from data.collaborate.proposal_course import (
    ProposalNumber,
    StatusStep,
    check_status,
    odd_of,
    status_of,
    told_steps,
)
from data.collaborate.proposal_supports import (
    SUPPORTS,
    VOTES,
    WITHDRAWS,
    course_of_supports,
    persons_of,
    standing_votes,
    under_roots,
)
from data.collaborate.stripped_text import stripped
from data.errors import BadRequest

DAY = datetime(2026, 3, 1)
A, B, C, D = (ProposalNumber("shop", each) for each in "ABCD")


def later(days: float) -> datetime:
    return DAY + timedelta(days=days)


def frame(*rows: tuple[str, int, float], verdict: str = "") -> pl.DataFrame:
    told = [(each, person, later(day), "") for each, person, day in rows]
    votes = pl.DataFrame(told, schema=VOTES, orient="row")
    return votes.with_columns(verdict=pl.lit(verdict)) if verdict else votes


def link(member: ProposalNumber, into: ProposalNumber, reason: str = "the same") -> ProposalMerge:
    return ProposalMerge(member, into, reason)


@pytest.mark.parametrize(
    ("word", "status"),
    [("Open", "new"), ("accettata", "planned"), ("Rechazada ", "declined"), ("DONE", "done"),
     ("in review", "under review"), ("отклонено", "declined"), ("parked", "")],
)  # fmt: skip
def test_words_of_sources_are_statuses(word: str, status: str) -> None:
    assert status_of(word) == status


def test_what_a_source_tells_of_a_status_is_dated_by_it() -> None:
    assert [(each.status, each.at) for each in told_steps(DAY, "open", None, "")] == [("new", DAY)]
    steps = told_steps(DAY, "declined", later(9), "too dear")
    assert [(each.status, each.at, each.reason) for each in steps] == [
        ("new", DAY, ""),
        ("declined", later(9), "too dear"),
    ]
    assert odd_of(steps) == ()
    assert "no status here" in odd_of(told_steps(DAY, "parked", None, ""))[0]
    assert "decided before it was made" in odd_of(told_steps(DAY, "declined", later(-3), ""))[0]


def test_a_status_follows_in_a_sentence() -> None:
    now = StatusStep("planned", DAY)
    check_status(now, "done", "", "Proposal A")
    check_status(now, "declined", "No mill makes it.", "Proposal A")
    for status, reason, why in (("planned", "", "is planned already"), ("declined", " ", "with a reason")):
        with pytest.raises(BadRequest, match=why):
            check_status(now, status, reason, "Proposal A")


@pytest.mark.parametrize(
    ("held", "new", "why"),
    [
        ([], link(A, A), "into itself"),
        ([], link(A, B, "  "), "with a reason"),
        ([link(B, C)], link(A, B), "merged into C itself. Merge A into C"),
        ([link(A, B)], link(A, C), "merged into B already. Unmerge it first"),
        ([link(A, B)], link(B, A), "merged into B itself"),
        ([link(C, A)], link(A, B), "stands for others, C among them. Merge B into A"),
    ],
)
def test_what_cannot_be_merged_is_refused_in_a_sentence(
    held: list[ProposalMerge], new: ProposalMerge, why: str
) -> None:
    with pytest.raises(BadRequest, match=why):
        check_merge(held, new)


@given(st.lists(st.tuples(st.sampled_from([A, B, C, D]), st.sampled_from([A, B, C, D])), max_size=12))
def test_links_that_were_said_by_many_never_go_round(
    pairs: list[tuple[ProposalNumber, ProposalNumber]],
) -> None:
    roots = roots_of(link(*each) for each in pairs)
    assert all(root not in roots for root in roots.values())
    assert all(member != root for member, root in roots.items())


def test_a_person_counts_once_over_merged_proposals() -> None:
    votes = standing_votes(
        frame(("A", 1, 0), ("A", 2, 1), ("A", 1, 2), ("B", 2, 0), ("B", 3, 5), ("B", 0, 5)),
        frame(verdict=SUPPORTS),
    )
    assert persons_of(votes) == {"A": 2, "B": 2}
    both = under_roots(votes, {"B": "A"})
    assert persons_of(both) == {"A": 3}  # not 4: person 2 supports both
    first = {person: at for _, person, at, _ in both.iter_rows()}
    assert first[2] == later(0)
    assert course_of_supports(both).rows() == [(DAY.date(), 2), (later(5).date(), 3)]


def test_who_withdraws_counts_no_longer_and_may_come_back() -> None:
    told = frame(("A", 1, 0), ("A", 2, 0), ("A", 3, 8))
    said = pl.concat([
        frame(("A", 1, 3), ("A", 3, 3), verdict=WITHDRAWS),
        frame(("A", 2, 3), verdict=WITHDRAWS), frame(("A", 2, 4), verdict=SUPPORTS),
    ])  # fmt: skip
    votes = standing_votes(told, said)
    assert dict(votes.select("person", "at").iter_rows()) == {2: DAY, 3: later(8)}


NUMBERS = st.sampled_from("ABCDEF")
ROWS = st.lists(st.tuples(NUMBERS, st.integers(1, 6), st.integers(0, 9)), max_size=40)


@given(ROWS, st.dictionaries(NUMBERS, NUMBERS, max_size=5))
@settings(max_examples=60)
def test_supports_are_the_union_of_persons_and_unmerging_leaves_no_trace(
    rows: list[tuple[str, int, float]], into: dict[str, str]
) -> None:
    votes = standing_votes(frame(*rows), frame(verdict=SUPPORTS))
    links = [link(ProposalNumber("", member), ProposalNumber("", root)) for member, root in into.items()]
    roots = {member.id: root.id for member, root in roots_of(links).items()}
    naive: dict[str, set[int]] = {}
    for each, person, _ in rows:
        naive.setdefault(roots.get(each, each), set()).add(person)
    assert persons_of(under_roots(votes, roots)) == {each: len(persons) for each, persons in naive.items()}
    assert under_roots(votes, {}).equals(votes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>Hola</p><ul><li>uno</li><li>dos</li></ul>", "Hola\nuno\ndos"),
        ("a<br/>b&nbsp;&oacute;", "a\nb ó"),
        ("<SCRIPT>steal()</SCRIPT >kept<style>p{}</style> too", "kept too"),
        ("<script>never ended", ""),
        ("<img src=x onerror=alert(1)>seen", "seen"),
        ("&lt;script&gt;", "<script>"),  # words as they were meant; a page writes them as text
        ("3 <4", "3 <4"),
    ],
)
def test_marks_of_html_are_taken_away(text: str, words: str) -> None:
    assert stripped(text) == words


def test_a_text_of_ten_megabytes_is_read_in_no_time() -> None:
    for part in ("<", "<script", "<!--", "&", "x "):
        began = perf_counter()
        assert len(stripped(part * (10_000_000 // len(part)))) <= 20_000
        assert perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Vorremmo il cappotto con una fodera più leggera", "it"),
        ("We would like the lamp with a longer cable", "en"),
        ("Более длинный кабель для лампы", "ru"),
        ("Más árboles en el parque de la zona", "es"),
        ("Lamp 4000", ""),
    ],
)
def test_a_language_is_guessed_or_left_open(text: str, language: str) -> None:
    assert guessed_language(text) == language
