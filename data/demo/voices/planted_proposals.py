"""What proposals say, in three languages, and which of them ask for the same thing.

Some repeat an earlier one of another person: word by word, with slips and without its last sentence, or in other
words. Others repeat one but for its place: they ask for something else, however alike they look.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.demo.district.district_partners import SHOPS, TOWNS
from data.demo.places import places
from data.demo.simulated_world import World, choice
from data.demo.typing_slips import slipped

LANGUAGES = ("en", "it", "ru")
RUSSIAN_EVERY = 6
REPEATED = 0.15
FIRST, EXACT, CHANGED, REWORDED, ELSEWHERE = range(5)
MANNERS = ("first", "exact", "changed", "reworded", "elsewhere")
MANNER_SHARES = (0.30, 0.35, 0.20, 0.15)
LANGUAGE, WAY, WARE, COLOUR, WHO, TOWN, WORDING, OPENING, REASON, DETAIL, ENDING, NUMBER, MONTH = range(13)
MOST, WORDINGS = 400, 4
IDEA = (LANGUAGE, WAY, WARE, COLOUR, WHO, TOWN)
PLACES = (*TOWNS, *dict.fromkeys(SHOPS.values()))
OF_PLACE = (5, 6)


@dataclass(frozen=True, slots=True)
class PlantedTexts:
    """What proposals say, a row each: `parts` (columns as numbered above), of which each is a repeat (itself if of
    none), and in which manner."""

    parts: np.ndarray
    repeats: np.ndarray
    manner: np.ndarray

    @property
    def asks_the_same(self) -> np.ndarray:
        """By proposal the first that asks for the same thing, though by chance."""
        _, first, group = np.unique(self.parts[:, IDEA], axis=0, return_index=True, return_inverse=True)
        found: np.ndarray = first[group.ravel()]
        return found


@cache
def words() -> dict[str, dict[str, Any]]:
    """The words of each language."""
    return tomllib.loads((Path(__file__).parent / "proposal_words.toml").read_text(encoding="utf-8"))


def said(world: World, person: np.ndarray, ware: np.ndarray, colour: np.ndarray) -> PlantedTexts:
    """What persons say who wish something of these wares (subcategories), in order of days."""
    random = world.firm.random("exports", 123)
    size, texts = len(person), words()["en"]
    parts = np.column_stack([
        languages(world, person), random.integers(0, len(texts["ways"]), size), ware, colour,
        random.integers(0, len(_listed("en", "who")), size), random.integers(0, len(PLACES), size),
        random.integers(0, WORDINGS, size),
        *(random.integers(0, len(texts[name]), size) for name in ("openings", "reasons", "details", "endings")),
        random.integers(2, MOST, size), random.integers(0, 12, size),
    ])  # fmt: skip
    of_place = np.isin(parts[:, WAY], OF_PLACE)
    parts[:, [COLOUR, WHO]] *= ~of_place[:, None]
    parts[:, TOWN] *= of_place
    return _repeated(person, parts, random)


def languages(world: World, person: np.ndarray) -> np.ndarray:
    """Italian in Italy, else English; one customer in six writes Russian."""
    italian = np.array([place.country == "Italy" for place in places()])[world.people.place[person]]
    found: np.ndarray = np.where(person * 7919 % RUSSIAN_EVERY == 0, 2, italian)
    return found


def _repeated(person: np.ndarray, parts: np.ndarray, random: np.random.Generator) -> PlantedTexts:
    """Let some repeat an earlier one in their language, of somebody else; those that are repeated are few."""
    size = len(person)
    repeats, drawn = random.random(size) < REPEATED, random.random(size)
    manner = 1 + np.searchsorted(np.cumsum(MANNER_SHARES)[:-1], random.random(size), side="right")
    of, kept = np.arange(size), np.zeros(size, np.int64)
    firsts: dict[tuple[int, bool], list[int]] = {}
    for row in range(size):
        earlier = firsts.setdefault((int(parts[row, LANGUAGE]), bool(manner[row] == ELSEWHERE)), [])
        if (
            repeats[row]
            and earlier
            and person[earlier[at := int(drawn[row] ** 2 * len(earlier))]] != person[row]
        ):
            of[row], kept[row] = earlier[at], manner[row]
            continue
        language, of_place = int(parts[row, LANGUAGE]), parts[row, WAY] in OF_PLACE
        for elsewhere in (False, True)[: 1 + of_place]:
            firsts.setdefault((language, elsewhere), []).append(row)
    return PlantedTexts(_parts_of_repeats(parts, of, kept, random), of, kept)


def _parts_of_repeats(
    parts: np.ndarray, of: np.ndarray, manner: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """The parts of what is repeated, but for those in which a manner of repeating differs."""
    found: np.ndarray = parts[of]
    reworded = manner == REWORDED
    for column in (OPENING, ENDING):
        found[reworded, column] = parts[reworded, column]
    other = (found[:, WORDING] + random.integers(1, WORDINGS, len(parts))) % WORDINGS
    found[reworded, WORDING] = other[reworded]
    elsewhere = manner == ELSEWHERE
    step = random.integers(1, len(PLACES), len(parts))
    found[elsewhere, TOWN] = ((found[:, TOWN] + step) % len(PLACES))[elsewhere]
    return found


def texts(told: PlantedTexts, random: np.random.Generator) -> pl.DataFrame:
    """The `title` and the `text` of each, and its `place` where it is about one."""
    frames = [_of_language(told, at) for at in range(len(LANGUAGES))]
    whole = pl.concat(frames).sort("row").drop("row")
    changed = told.manner == CHANGED
    return whole.with_columns(
        title=_capital(slipped(whole["title"], changed & (random.random(len(whole)) < 0.5), random)),
        text=slipped(whole["text"], changed, random),
    )


def _of_language(told: PlantedTexts, at: int) -> pl.DataFrame:
    """Titles and texts of those in one language."""
    name, rows = LANGUAGES[at], np.flatnonzero(told.parts[:, LANGUAGE] == at)
    parts, manner = told.parts[rows], told.manner[rows]
    ways, chosen = words()[name]["ways"], WORDINGS * parts[:, WAY] + parts[:, WORDING]
    title = choice(tuple(each for way in ways for each in way["titles"]), chosen)
    core = choice(tuple(each for way in ways for each in way["cores"]), chosen)
    opening, reason, detail, ending = (
        choice(tuple(words()[name][each]), parts[:, column])
        for each, column in (
            ("openings", OPENING),
            ("reasons", REASON),
            ("details", DETAIL),
            ("endings", ENDING),
        )
    )
    ending = ending.set(pl.Series(manner == CHANGED), "")
    rest = " " + reason + " " + detail + " " + ending
    filled = pl.DataFrame({"title": title, "core": core, "rest": rest}).with_columns(
        ware=choice(_listed(name, "wares"), parts[:, WARE]), colour=choice(_listed(name, "colours"), parts[:, COLOUR]),
        who=choice(_listed(name, "who"), parts[:, WHO]), town=choice(PLACES, parts[:, TOWN]),
        n=pl.Series(parts[:, NUMBER]).cast(pl.String), month=choice(_listed(name, "months"), parts[:, MONTH]),
    )  # fmt: skip
    for slot in ("ware", "colour", "who", "town", "n", "month"):
        filled = filled.with_columns(
            pl.col("title", "core", "rest").str.replace_all(f"{{{slot}}}", pl.col(slot), literal=True)
        )
    text = opening + " " + _capital(filled["core"]) + filled["rest"]
    return filled.select(
        pl.Series("row", rows), "title", text=text.str.strip_chars(),
        place=pl.when(pl.Series(np.isin(parts[:, WAY], OF_PLACE))).then("town"),
    )  # fmt: skip


def _capital(text: pl.Series) -> pl.Series:
    return text.str.slice(0, 1).str.to_uppercase() + text.str.slice(1)


def _listed(language: str, name: str) -> tuple[str, ...]:
    return tuple(words()[language][name].split(", "))
