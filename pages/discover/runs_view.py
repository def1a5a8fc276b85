"""What the page Runs shows, frozen: the kind that is listed, and the runs that stand side by side. The URL holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.errors import BadRequest

PARAMETERS = ("kind", "run")
ID = re.compile("[0-9a-f]{32}")
MOST_COMPARED = 6


@dataclass(frozen=True, slots=True)
class RunsView:
    """`kind` is the title of a page (empty: all), `compared` the ids of the runs side by side, in their order."""

    kind: str = ""
    compared: tuple[str, ...] = ()

    def to_parameters(self) -> dict[str, list[str]]:
        found = {"kind": [self.kind] if self.kind else [], "run": list(self.compared)}
        return {name: values for name, values in found.items() if values}

    def of(self, kind: str) -> RunsView:
        return RunsView(kind)

    def beside(self, compared: Sequence[str]) -> RunsView:
        return replace(self, compared=tuple(compared))


def parse_runs(url: Mapping[str, Sequence[str]]) -> RunsView:
    """From the URL's parameters. Raises BadRequest."""
    check_names(url, PARAMETERS)
    compared = tuple(dict.fromkeys(url.get("run", ())))
    strange = [each for each in compared if not ID.fullmatch(each)]
    if strange:
        raise BadRequest(f"{strange[0][:40]!r} is no kept run.", "Choose runs from the list.")
    if len(compared) > MOST_COMPARED:
        raise BadRequest(f"{len(compared)} runs do not fit side by side.", f"Choose {MOST_COMPARED} at most.")
    return RunsView(only(url, "kind"), compared)
