"""Repeats and likeness of proposals: against the weights of scikit-learn, all pairs the slow way, and Madrid."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csc_array
from sklearn.feature_extraction.text import TfidfVectorizer

from data.errors import BadRequest
from mining.proposals import near_pairs as near
from mining.proposals.letter_grams import postings, word_table
from mining.proposals.near_pairs import near_pairs
from mining.proposals.proposal_text import plain_text, same_letters
from mining.proposals.similar_proposals import (
    alike_pairs,
    duplicate_groups,
    duplicate_pairs,
    exact_repeats,
    proposal_index,
)
from mining.proposals.text_index import text_index
from mining.proposals.text_weights import text_weights
from tests.data.load_files import REAL

MADRID = REAL / "proposals" / "madrid_2024.parquet"


def some(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    """Proposals P0, P1 ... of title, text and place."""
    return pl.DataFrame(
        [(f"P{at}", *row) for at, row in enumerate(rows)],
        dict.fromkeys(("proposal", "title", "text", "place"), pl.String),
        orient="row",
    )


def drawn_texts(count: int, words: int, seed: int = 0) -> list[str]:
    """Texts of drawn words, every fifth one another with a word changed."""
    random = np.random.default_rng(seed)
    known = ["".join(random.choice(list("abcdefghilmnoprst"), random.integers(3, 10))) for _ in range(800)]
    weights = 1 / np.arange(1, len(known) + 1)
    texts: list[list[str]] = []
    for at in range(count):
        text = list(random.choice(known, words, p=weights / weights.sum()))
        if at and at % 5 == 0:
            text = list(texts[random.integers(at)])
            text[random.integers(words)] = known[random.integers(len(known))]
        texts.append(text)
    return [" ".join(text) for text in texts]


def by_sklearn(texts: list[str]) -> np.ndarray:
    """All cosines by another road: scikit-learn's own grams and weights."""
    reader = TfidfVectorizer(analyzer="char", ngram_range=(5, 5), sublinear_tf=True, lowercase=False)
    weights = reader.fit_transform([f" {same_letters(text)} " for text in texts])
    found: np.ndarray = (weights @ weights.T).toarray()
    return found


@pytest.mark.parametrize(("words", "least"), [(4, 0.5), (12, 0.6), (12, 0.85), (30, 0.3)])
def test_all_pairs_that_are_alike_are_found_and_no_other(words: int, least: float) -> None:
    texts = drawn_texts(300, words)
    cosine = by_sklearn(texts)
    first, second, score = near_pairs(text_weights(postings(texts).table), least)
    expected = np.argwhere(np.triu(cosine >= least, 1))
    assert len(expected) > 20
    assert np.column_stack([first, second]).tolist() == expected.tolist()
    assert score == pytest.approx(cosine[first, second])


def test_texts_in_cyrillic_and_without_letters_are_compared() -> None:
    texts = ["Скамейка у пруда", "СКАМЕЙКА — у пруда!", "", "…", "Ёлка", "елка"]
    first, second, score = near_pairs(text_weights(postings(texts).table), 0.99)
    assert [*zip(first.tolist(), second.tolist(), strict=True)] == [(0, 1), (4, 5)]
    assert score == pytest.approx([1, 1])


def test_too_many_alike_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "MOST_PAIRS", 10)
    with pytest.raises(BadRequest, match="More than 10 pairs of texts may be alike"):
        near_pairs(text_weights(postings(drawn_texts(300, 4)).table), 0.3)


def test_an_index_tells_the_cosine_and_grows_as_if_all_had_been_there() -> None:
    texts = drawn_texts(60, 8)
    cosine = by_sklearn(texts)
    whole, grown = text_index(texts), text_index(texts[:40]).with_texts(texts[40:])
    for at in (0, 5, 59):
        assert whole.likeness(texts[at]) == pytest.approx(cosine[at])
        assert grown.likeness(texts[at]) == pytest.approx(cosine[at])
    assert text_index([]).likeness("anything").tolist() == []
    assert whole.likeness("").max() == 0


def test_html_is_taken_out_and_long_texts_are_cut() -> None:
    assert plain_text("<p>Più   <b>luce</b> &lt;3</p><script>alert('x')</script>") == "Più luce <3"
    assert plain_text("a < b and c > d") == "a < b and c > d"
    assert plain_text("<script>never ended") == ""
    assert len(plain_text("ab " * 5_000_000)) < 50_000
    assert same_letters("<b>EL CAÑAVERAL!</b>") == "el canaveral"


def test_exact_repeats_come_first_and_places_are_told_apart() -> None:
    said = some(
        ("Parque infantil en El Cañaveral", "Queremos columpios y sombra para los niños del barrio.", None),
        ("Parque infantil en El Canaveral!", "<p>Queremos columpios y sombra para los niños del barrio</p>", None),
        ("Parque infantil en Valdebebas", "Queremos columpios y sombra para los niños del barrio.", None),
        ("Una panchina vicino al lago", "Serve un posto dove sedersi e guardare l'acqua.", "Como"),
        ("Una panchina vicina al lago", "Serve un posto dove sedersi a guardare l'acqua.", "Lecco"),
        ("Una panchina vicino al lago", "Serve un posto dove sedersi, guardando l'acqua.", "COMO"),
    )  # fmt: skip
    pairs = {(a, b): (exact, away) for a, b, _, exact, *_, away in alike_pairs(said).iter_rows()}
    assert pairs == {
        ("P0", "P1"): ("both", False), ("P0", "P2"): ("text", True),
        ("P3", "P4"): (None, True), ("P3", "P5"): ("title", False), ("P4", "P5"): (None, True),
    }  # fmt: skip
    kept = duplicate_pairs(said)
    assert kept.select("first", "second").rows() == [("P0", "P1"), ("P3", "P5")]
    groups = duplicate_groups(said["proposal"], kept)
    assert groups["group"].to_list() == ["P0", "P0", "P2", "P3", "P4", "P3"]
    assert alike_pairs(some()).height == 0
    assert duplicate_pairs(some(("A", "", None), ("A", "", None))).height == 1


def test_similar_ones_are_found_while_somebody_writes() -> None:
    said = some(
        ("Luce nel vicolo", "Di notte è buio.", "Como"),
        ("Скамейка у пруда", "Негде сидеть.", None),
        ("Bench by the pond", "Nowhere to sit.", "Leeds"),
        ("Luce nel vicolo", "Mancano i lampioni.", "Lecco"),
    )  # fmt: skip
    index = proposal_index(said)
    found = index.similar("LUCE nel vicolo", place="Como")
    assert found.select("proposal", "score", "exact", "is_elsewhere").rows() == [
        ("P0", 1.0, "title", False), ("P3", 1.0, "title", True),
    ]  # fmt: skip
    assert index.similar("скамейки у пруда")["proposal"].to_list() == ["P1"]
    assert index.similar("A bench near the pond")["proposal"].to_list() == ["P2"]
    assert index.similar("Nothing like it at all").height == 0
    assert index.similar("").height == 0
    grown = proposal_index(said[:2]).added(said[2:])
    assert grown.similar("Luce nel vicolo a Lecco").equals(index.similar("Luce nel vicolo a Lecco"))


def test_the_index_answers_at_once_over_ten_thousand() -> None:
    texts = drawn_texts(10_000, 12)
    index = proposal_index(some(*((text[:30], text, None) for text in texts)))
    index.similar(texts[0])
    took = []
    for text in texts[:20]:
        start = perf_counter()
        index.similar(text[:30], text)
        took.append(perf_counter() - start)
    assert np.quantile(took, 0.95) < 0.2


@pytest.mark.skipif(not MADRID.exists(), reason=f"no real data at {REAL}")
def test_proposals_of_madrid_repeat_each_other_as_often_as_was_counted() -> None:
    raw = pl.read_parquet(MADRID)
    said = raw.select(proposal="id", title="title", text="description", place=pl.lit(None, pl.String))

    def folded(text: str | None) -> str:
        return (text or "").strip().lower()

    assert exact_repeats(said, "title", folded).height == 67
    empty = raw.filter(pl.col("description").str.strip_chars() == "").height
    assert (
        empty == 259
    )  # without a description: 258 of the 313 that repeat an earlier one repeat nothing at all
    assert exact_repeats(said, "text", folded).height == 313 - (empty - 1)
    assert (exact_repeats(said, "title").height, exact_repeats(said, "text").height) == (69, 55)
    texts = [f"{title} {title} {text}" for title, text in raw.select("title", "description").iter_rows()]
    score = near_pairs(text_weights(csc_array(word_table(texts))), 0.5)[2]
    assert (int((score > 0.9).sum()), len(score)) == (231, 326)
