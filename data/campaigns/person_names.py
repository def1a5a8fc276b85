"""The first name of a person out of a whole name: told only where it is one, for no company is ever to be called "Dear
Textile Trade"."""

from __future__ import annotations

import polars as pl

from data.identity.lexicon import CONNECTIVES, LEGAL_FORMS, TITLES

PERSONS = (
    "household", "private", "privat", "privato", "privati", "person", "persona", "individual", "consumer",
    "consumatore", "consumatori", "consommateur", "particulier", "particuliers", "particular", "particulares",
    "haushalt", "privatkunde", "privatkunden", "privatperson", "konsument", "b2c", "osoba", "prywatny", "prive",
    "физлицо",
)  # fmt: skip
FIRMS = [each for each in (*LEGAL_FORMS, *CONNECTIVES) if len(each) > 1] + ["&"]
FEWEST, MOST = 2, 4  # words of a person's name
TURNED = 3  # odds by which a last word is taken for the first name
LEADERS = {"word": pl.String, "leading": pl.Float64}


def leading_words(people: pl.DataFrame) -> pl.DataFrame:
    """How often a word stands first in the names of persons rather than last: `word`, `leading` (0 to 1).

    `people` has `name` and `kind`, a row a customer: the more there are, the surer a given name is told from a family
    name, in any language and whatever the order in a single record.
    """
    words = people.select(words=_person_words()).drop_nulls()
    first = words.select(word=_lower("words").list.first(), leads=1.0)
    last = words.select(word=_lower("words").list.last(), leads=0.0)
    counted = pl.concat([first, last]).group_by("word").agg(pl.col("leads").sum(), of=pl.len())
    return counted.select("word", leading=(pl.col("leads") + 0.5) / (pl.col("of") + 1)).cast(LEADERS)  # type: ignore[arg-type]


def first_names(people: pl.DataFrame, leaders: pl.DataFrame) -> pl.Series:
    """The first name of each of `name` whose `kind` says that they are persons; null for all others.

    A name is a person's where its kind has a word such as "household" or "private", it has two to four words of
    letters, and none of them is a firm's, such as "GmbH" or "& figli". Titles are passed over, and a comma says that
    the first name stands behind it. It is the first word, but for names whose last word far more often stands first
    than that does (`leaders`, as `leading_words` gives it): those are written the other way round.
    """
    words = people.select(words=_person_words()).with_columns(
        one=pl.col("words").list.first(), other=pl.col("words").list.last()
    )
    for name in ("one", "other"):
        known = leaders.rename({"word": f"{name}_lower", "leading": f"{name}_leads"})
        words = words.with_columns(pl.col(name).str.to_lowercase().alias(f"{name}_lower"))
        words = words.join(known, on=f"{name}_lower", how="left", maintain_order="left")
    told = pl.when(_odds("other") > TURNED * _odds("one")).then("other").otherwise("one")
    is_first = (told.str.len_chars() > 1) & ~told.str.ends_with(".")
    return words.select(pl.when(is_first).then(_as_written(told))).to_series().alias("first_name")


def _odds(name: str) -> pl.Expr:
    leading = pl.col(f"{name}_leads").fill_null(0.5)
    return leading / (1 - leading)


def _person_words() -> pl.Expr:
    """The words of a person's `name` without titles, the given name first where a comma says so; else null."""
    kind = pl.col("kind").str.to_lowercase().str.extract_all(r"[\p{L}\d]+")
    is_person = kind.list.eval(pl.element().is_in(PERSONS)).list.any().fill_null(False)
    turned = pl.col("name").str.strip_chars().str.replace(r"^([^,]+),\s*([^,]+)$", "$2 $1")
    words = turned.str.split(" ").list.eval(pl.element().filter(pl.element() != ""))
    bare = words.list.eval(pl.element().str.to_lowercase().str.replace_all(r"[.’']", ""))
    of_firm = bare.list.eval(pl.element().is_in(FIRMS)).list.any()
    own = words.list.eval(
        pl.element().filter(~pl.element().str.to_lowercase().str.strip_chars(".").is_in(TITLES))
    )
    is_name = turned.str.contains(r"^[\p{L}\p{M}.’' -]+$") & own.list.len().is_between(FEWEST, MOST)
    return pl.when(is_person & is_name & ~of_firm).then(own)


def _lower(name: str) -> pl.Expr:
    return pl.col(name).list.eval(pl.element().str.to_lowercase())


def _as_written(word: pl.Expr) -> pl.Expr:
    """What is all in capitals, or in small letters, as names are written."""
    alike = (word == word.str.to_uppercase()) | (word == word.str.to_lowercase())
    return pl.when(alike).then(word.str.to_titlecase()).otherwise(word)
