"""The entries of the glossary: what is to be known of each measure in words, and which a text is looked for in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cubes.catalogue.listed_measures import ListedMeasure, listed_measures
from cubes.catalogue.measure_words import empty_of, formula, news_of, unit_of
from cubes.model import SUBJECTS, Cube
from data.model.bare_letters import bare
from data.store.warehouse import Profile
from pages.ui import explore_links
from pages.ui.style.formats import number_text

ORDER = tuple(dict.fromkeys(SUBJECTS.values()))


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A measure in words. `href` opens Explore; it is empty where nothing is loaded yet."""

    group: str
    subject: str
    label: str
    written: str
    unit: str
    doc: str
    formula: str
    more: str
    href: str

    def holds(self, text: str) -> bool:
        """Whether its words hold a text, however cased and accented."""
        words = (self.group, self.subject, self.label, self.written, self.doc, self.formula)
        return bare(text) in bare(" ".join(words))


def glossary_entries(profile: Profile) -> list[GlossaryEntry]:
    """Every shown measure by cube and subject, each in the catalogue's order."""
    found = [_entry(each, profile) for each in listed_measures(profile)]
    groups = list(dict.fromkeys(each.group for each in found))
    return sorted(found, key=lambda each: (groups.index(each.group), ORDER.index(each.subject)))


def _entry(offered: ListedMeasure, profile: Profile) -> GlossaryEntry:
    measure = offered.measure
    href = explore_links.address(explore_links.PATH, explore_links.of_measure(offered, profile))
    return GlossaryEntry(
        offered.group,
        measure.subject,
        measure.label,
        offered.written,
        unit_of(measure, profile.currency),
        measure.doc,
        formula(measure, "" if offered.parts else offered.cube.name),
        f"{empty_of(measure)} {news_of(measure)}",
        href if offered.is_loaded(profile) else "",
    )


def asked_by(cube: Cube, profile: Profile) -> str:
    """By which dimensions the measures of a cube may be asked, those of which something is known."""
    known = (
        each.label.lower()
        for each in cube.dimensions
        if any(profile.known.get(level.name) for level in each.levels)
    )
    return f"By {', '.join(known)}."


def level_rows(cubes: Iterable[Cube], profile: Profile) -> list[tuple[str, str]]:
    """Each dimension and its ways down, coarse to fine, with how many members each level has."""
    dimensions = {each.name: each for cube in cubes for each in cube.dimensions}
    rows = []
    for dimension in dimensions.values():
        labels = {each.name: each.label for each in dimension.levels}
        for hierarchy in dimension.hierarchies:
            known = [name for name in hierarchy.levels if profile.known.get(name)]
            steps = [f"{labels[name]} ({number_text(profile.known[name])})" for name in known]
            if steps:
                rows.append((dimension.label, " › ".join(steps)))
    return rows
