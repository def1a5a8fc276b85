"""Quotes that are opened and never closed: found line by line, so that they swallow no row behind them.

By the rules of CSV such a quote runs on to the next one, wherever that is, and takes the rows between into one
value. It is told from a value of several lines by what follows: each line has as many fields as the header, or the
quote closes inside a value, or not within any sensible distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MOST_LINES = 500
FEWEST_FIELDS = 3
State = Literal["closed", "open", "broken"]


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A line whose quote is not closed: `row` is 1 below the header, `line` 0 for the first line of the file."""

    row: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class FieldMarks:
    """What parts and quotes the fields of a file, and how many fields its header has."""

    delimiter: bytes
    quote: bytes
    width: int

    def state(self, line: bytes, inside: bool = False) -> State:
        """Whether the line, begun inside a quoted value or not, ends outside of one."""
        if self.quote not in line:
            return "open" if inside else "closed"
        at = 0
        while True:
            if inside:
                end = line.find(self.quote, at)
                if end < 0:
                    return "open"
                at = end + 1
                if line.startswith(self.quote, at):
                    at += 1
                elif line.startswith(self.delimiter, at):
                    at, inside = at + len(self.delimiter), False
                else:
                    return "broken" if line[at:].strip(b"\r\n") else "closed"
            elif line.startswith(self.quote, at):
                at, inside = at + 1, True
            else:
                end = line.find(self.delimiter, at)
                if end < 0:
                    return "closed"
                at = end + len(self.delimiter)

    def is_blank(self, line: bytes) -> bool:
        """Whether it is no row: in a file of one column an empty line is one."""
        return self.width > 1 and not line.strip(b"\r\n")

    def are_rows(self, lines: list[bytes]) -> bool:
        """Whether each of several lines would be a row if its quotes were plain characters."""
        widths = {line.count(self.delimiter) + 1 for line in lines if line.strip()}
        return self.width >= FEWEST_FIELDS and widths == {self.width}


def unclosed(path: Path, marks: FieldMarks) -> list[Unclosed]:
    """The lines of a UTF-8 file whose quotes are not closed; the header counts as row 0."""
    found: list[Unclosed] = []
    row = -1
    for number, text, group, state in _records(path, marks):
        row += not marks.is_blank(text)
        if row and group and (state != "closed" or marks.are_rows([text, *(each for _, each in group)])):
            found.append(Unclosed(row, number, text.decode(errors="replace").rstrip("\r\n")))
            group.reverse()  # they are to be read again, each for itself
        else:
            group.clear()
    return found


def blank_lines(path: Path, marks: FieldMarks) -> list[int]:
    """Where blank lines stand between the rows: the number of rows and blank lines above each."""
    found = []
    for above, (_, text, group, _) in enumerate(_records(path, marks)):
        group.clear()
        if marks.is_blank(text):
            found.append(above)
    return found


def without(path: Path, lines: list[Unclosed], copy: Path) -> None:
    """Write `path` to `copy`, the lines left out."""
    left_out = {each.line for each in lines}
    with path.open("rb") as file, copy.open("wb") as out:
        out.writelines(text for number, text in enumerate(file) if number not in left_out)


def _records(path: Path, marks: FieldMarks) -> Iterator[tuple[int, bytes, list[tuple[int, bytes]], State]]:
    """Each line that begins a row: its number, its text, the lines that its quote takes in, and how that ends.

    Lines that are left in the list, the last first, are given again as lines of their own.
    """
    again: list[tuple[int, bytes]] = []
    with path.open("rb") as file:
        numbered = enumerate(file)
        while line := again.pop() if again else next(numbered, None):
            number, text = line
            state, group = marks.state(text), list[tuple[int, bytes]]()
            if state == "open":
                state = _gather(group, again, numbered, marks)
            yield number, text, group, state
            again.extend(group)


def _gather(
    group: list[tuple[int, bytes]],
    again: list[tuple[int, bytes]],
    numbered: Iterator[tuple[int, bytes]],
    marks: FieldMarks,
) -> State:
    """Fill `group` with the lines up to where a quote ends, and tell how it ends."""
    state: State = "open"
    while state == "open" and len(group) < MOST_LINES:
        line = again.pop() if again else next(numbered, None)
        if line is None:
            break
        group.append(line)
        state = marks.state(line[1], inside=True)
    return state
