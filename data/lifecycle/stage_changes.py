"""What a run of the derivation changed, told: who stands elsewhere, and what of the past is known otherwise now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from data.connection import Connection
from data.lifecycle.stage_history import StageRun
from data.model.calendar import day_key

MOST_WAYS = 4
# The stages of the changed as this run found them and as they were held before it, each with `now`.
BOTH = """WITH fresh AS (FROM stage_event WHERE subject_kind = $kind AND run = $run), held AS (
    SELECT e.* FROM stage_event AS e JOIN (SELECT subject, max(run) AS run FROM stage_event
        WHERE subject_kind = $kind AND run < $run AND subject IN (SELECT subject FROM fresh) GROUP BY subject)
        USING (subject, run) WHERE e.subject_kind = $kind
), both_ AS (SELECT *, true AS now FROM fresh WHERE to_stage IS NOT NULL
    UNION ALL BY NAME SELECT *, false AS now FROM held WHERE to_stage IS NOT NULL)"""
WAYS = f"""{BOTH} SELECT was, is_, count(*) FROM (
    SELECT arg_max(to_stage, seq) FILTER (NOT now) AS was, arg_max(to_stage, seq) FILTER (now) AS is_
    FROM both_ GROUP BY subject)
WHERE was IS DISTINCT FROM is_ GROUP BY ALL ORDER BY count(*) DESC, was, is_"""
PAST = f"""{BOTH}, past AS (
    SELECT subject, day_key, from_stage, to_stage, cause, bool_or(now) AS now, bool_or(NOT now) AS was FROM both_
    WHERE day_key <= $until AND subject IN (SELECT subject FROM held WHERE to_stage IS NOT NULL) GROUP BY ALL
    HAVING NOT (bool_or(now) AND bool_or(NOT now)))
SELECT to_stage, count(*) FILTER (now), count(*) FILTER (was), (SELECT count(DISTINCT subject) FROM past)
FROM past GROUP BY to_stage ORDER BY count(*) DESC, to_stage"""


@dataclass(frozen=True, slots=True)
class PastEntries:
    """How many entries of a stage, dated before the run, are `added` to what was known and how many `taken_back`."""

    stage: str
    added: int
    taken_back: int

    def __str__(self) -> str:
        counts = {"added": self.added, "taken back": self.taken_back}
        return f"{self.stage} {' and '.join(f'{many:,} {what}' for what, many in counts.items() if many)}"


@dataclass(frozen=True, slots=True)
class StageChange:
    """A run, and what it changed: `begun` who had no stages before, `ended` who has none any longer, `ways` how many
    stand in which stage instead of which; of `rewritten` subjects earlier stages are other than was known, by `past`.

    `follows` is the last day of the run before; None for the first, which begins the history.
    """

    run: StageRun
    follows: date | None
    begun: int
    ended: int
    ways: tuple[tuple[str, str, int], ...]
    rewritten: int
    past: tuple[PastEntries, ...]
    by_other_rules: bool = False

    @property
    def moved(self) -> int:
        """How many stand in another stage."""
        return sum(many for *_, many in self.ways)

    def __str__(self) -> str:
        return " ".join(self.sentences())

    def sentences(self) -> Iterator[str]:
        """What is to be told of it, in counts alone."""
        if self.follows is None:
            yield f"Life cycle as of {self.run.as_of}: the stages of {self.begun:,} were derived for the first time."
            return
        told = [f"{self.run.touched:,} looked at again"]
        told += [f"{self.begun:,} became known"] if self.begun else []
        told += [f"{self.moved:,} stand in another stage ({self._ways()})"] if self.moved else []
        told += [f"{self.ended:,} are not known any longer"] if self.ended else []
        told += ["none stands in another stage"] if not (self.begun or self.moved or self.ended) else []
        yield f"Life cycle as of {self.run.as_of}: {', '.join(told)}."
        if self.rewritten:
            what = "Other rules" if self.by_other_rules else "What came late or was corrected"
            past = "; ".join(map(str, self.past))
            yield f"{what} changed the stages until {self.follows} of {self.rewritten:,}; entries by stage: {past}."

    def _ways(self) -> str:
        told = [f"{was} to {now} {many:,}" for was, now, many in self.ways[:MOST_WAYS]]
        rest = sum(many for *_, many in self.ways[MOST_WAYS:])
        return ", ".join([*told, *([f"others {rest:,}"] if rest else [])])


def change_of(connection: Connection, kind: str, run: StageRun, last: StageRun | None) -> StageChange:
    """What a run that was just recorded changed, against the one before it."""
    asked = {"kind": kind, "run": run.run}
    stand = connection.execute(WAYS, asked).fetchall() if run.changed else []
    begun = sum(many for was, _, many in stand if was is None)
    ended = sum(many for _, now, many in stand if now is None)
    ways = tuple(each for each in stand if None not in each)
    if last is None or not run.changed:
        return StageChange(run, last.as_of if last else None, begun, ended, ways, 0, ())
    until = min(last.as_of, run.as_of)
    past = connection.execute(PAST, {**asked, "until": day_key(until)}).fetchall()
    return StageChange(
        run, until, begun, ended, ways, past[0][3] if past else 0,
        tuple(PastEntries(*each[:3]) for each in past), run.rules != last.rules,
    )  # fmt: skip
