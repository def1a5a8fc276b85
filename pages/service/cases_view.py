"""What the page Cases shows, frozen: which queue, which case is open, which page of the queue; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean
from data.service.service_case import CaseNumber

MINE, UNASSIGNED, DUE, WAITING, ALL, TASKS = QUEUES = (
    "mine",
    "unassigned",
    "due",
    "waiting",
    "open",
    "tasks",
)
PARAMETERS = ("queue", "case", "source", "page")


@dataclass(frozen=True, slots=True)
class CasesView:
    """`case` is the number of the one that is open ("" none) and `source` whose number it is; pages count from 1."""

    queue: str = ALL
    case: str = ""
    source: str = ""
    page: int = 1

    @property
    def number(self) -> CaseNumber:
        return CaseNumber(self.source, self.case)

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        told = {
            "queue": self.queue if self.queue != ALL else "",
            "case": self.case,
            "source": self.source if self.case else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        return {name: [each] for name, each in told.items() if each}

    def opened(self, case: CaseNumber) -> CasesView:
        return replace(self, case=case.id, source=case.source)

    def closed(self) -> CasesView:
        return replace(self, case="", source="")

    def turned(self, page: int) -> CasesView:
        return replace(self, page=max(1, page))


def parse_cases(parameters: Mapping[str, list[str]]) -> CasesView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    told = {name: only(parameters, name) for name in PARAMETERS}
    queue = told["queue"] or ALL
    if queue not in QUEUES:
        raise BadRequest(f"There is no queue {queue[:40]!r}.", did_you_mean(queue, QUEUES))
    page = told["page"] or "1"
    if not (page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page)):
        raise BadRequest(f"page={page[:20]!r} is no page.", "Write its number, like page=2, or leave it out.")
    return CasesView(queue, told["case"], told["source"], int(page))
