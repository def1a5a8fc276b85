"""What the cells of an XLSX show and its reader leaves out: errors such as #N/A, and zeros before a number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

OPEN, CLOSE = r"<(?:\w+:)?", r"</(?:\w+:)?"
ERROR = re.compile(
    rf"""{OPEN}c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!{CLOSE}c>).)*?{OPEN}v>([^<]*)<""".encode(), re.DOTALL
)
WHOLE = rf"(?:{OPEN}f[^>]*/>|{OPEN}f[\s>][^<]*{CLOSE}f>)?{OPEN}v>(\d+)(?:\.0+)?<"
REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
OTHER_TYPE = re.compile(rb"""\bt=["'](?!n["'])""")
FORMAT = re.compile(r"<(?:\w+:)?numFmt\s[^>]*>")
STYLES = re.compile(r"<(?:\w+:)?cellXfs[\s>].*?</(?:\w+:)?cellXfs>", re.DOTALL)
STYLE = re.compile(r"<(?:\w+:)?xf\s[^>]*>")
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# What a format may hold that pads with zeros: no point, no thousands, nothing of a date.
PIECE = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<digit>0)|(?P<plain>[-+ ()])|\[[^\]]*\]|_.|\*.')
FEWEST_ZEROS = 2


@dataclass(frozen=True, slots=True)
class Zeros:
    """A number format such as 00000 or 00000-0000: its characters, each 0 a digit, "" where it is a literal's end.

    >>> Zeros.parse("00000").shown("101"), Zeros.parse("00000\\\\-0000").shown("123456789")
    ('00101', '12345-6789')
    """

    pieces: tuple[str | None, ...]

    @classmethod
    def parse(cls, code: str) -> Zeros | None:
        """The format, where it pads with zeros and says nothing else that a value could mean."""
        section, at, pieces = code.split(";")[0], 0, list[str | None]()
        while at < len(section):
            found = PIECE.match(section, at)
            if found is None:
                return None
            at = found.end()
            if found["digit"]:
                pieces.append(None)
            elif text := found["quoted"] or found["escaped"] or found["plain"]:
                pieces.append(text)
        return cls(tuple(pieces)) if pieces.count(None) >= FEWEST_ZEROS else None

    @property
    def is_plain(self) -> bool:
        """Whether it shows digits alone."""
        return all(piece is None for piece in self.pieces)

    def shown(self, digits: str) -> str:
        """What the sheet shows of a whole number."""
        places = self.pieces.count(None)
        if self.is_plain:
            return digits.zfill(places)
        padded = digits.zfill(places)
        rest = iter(padded[len(padded) - places + 1 :])
        first = iter([padded[: len(padded) - places + 1]])
        return "".join(next(first, None) or next(rest) if piece is None else piece for piece in self.pieces)


@dataclass(slots=True)
class Cells:
    """What cells show: by column (0 is A) the rows (0 is the first) and their texts.

    `errors` counts the errors of each column, with the first; `worded` are the columns whose numbers are shown with
    more than digits.
    """

    rows: dict[int, list[int]] = field(default_factory=dict)
    texts: dict[int, list[str]] = field(default_factory=dict)
    errors: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    worded: set[int] = field(default_factory=set)

    def add(self, column: int, row: int, text: str) -> None:
        self.rows.setdefault(column, []).append(row)
        self.texts.setdefault(column, []).append(text)


class CellScan:
    """Gathers from the pieces of a sheet's XML what its cells show; `styles` is the XML of the book's styles."""

    def __init__(self, styles: str) -> None:
        self.cells = Cells()
        self._zeros = _zeros(styles)
        named = "|".join(map(str, self._zeros))
        self._padded = re.compile(rf"""{OPEN}c\s([^>]*\bs=["']({named})["'][^>]*)>{WHOLE}""".encode())

    def look(self, piece: bytes) -> None:
        """Take in a piece that begins with a cell or a row."""
        if b't="e"' in piece or b"t='e'" in piece:
            for attributes, text in ERROR.findall(piece):
                self._add_error(attributes, unescape(text.decode(errors="replace")))
        if self._zeros:
            for attributes, style, digits in self._padded.findall(piece):
                if place := REFERENCE.search(attributes):
                    self._add_padded(attributes, place, int(style), digits.decode())

    def _add_error(self, attributes: bytes, text: str) -> None:
        place = REFERENCE.search(attributes)
        if place is None:
            return
        column, row = column_number(place[1]) - 1, int(place[2]) - 1
        self.cells.add(column, row, text)
        count, first, where = self.cells.errors.get(column, (0, text, f"{place[1].decode()}{row + 1}"))
        self.cells.errors[column] = (count + 1, first, where)

    def _add_padded(self, attributes: bytes, place: re.Match[bytes], style: int, digits: str) -> None:
        if OTHER_TYPE.search(attributes):
            return
        column, zeros = column_number(place[1]) - 1, self._zeros[style]
        self.cells.add(column, int(place[2]) - 1, zeros.shown(digits))
        if not zeros.is_plain:
            self.cells.worded.add(column)


def _zeros(styles: str) -> dict[int, Zeros]:
    """The styles, by their number, whose format pads with zeros."""
    formats = {each.get("numFmtId"): Zeros.parse(each.get("formatCode", "")) for each in tags(FORMAT, styles)}
    listed = STYLES.search(styles)
    numbered = enumerate(tags(STYLE, listed[0]) if listed else [])
    return {at: zeros for at, each in numbered if (zeros := formats.get(each.get("numFmtId")))}


def tags(tag: re.Pattern[str], text: str) -> list[dict[str, str]]:
    """The attributes of each such tag."""
    return [
        {name: unescape(one or other) for name, one, other in ATTRIBUTE.findall(found)}
        for found in tag.findall(text)
    ]


def column_number(column: bytes) -> int:
    """The number of a column by its letters.

    >>> column_number(b"AA")
    27
    """
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
