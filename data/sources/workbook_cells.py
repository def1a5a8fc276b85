"""What the cells of an XLSX show and its reader leaves out: errors such as #N/A, and zeros before a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

from data.sources.workbook_signs import BUILT_IN, sign_of, signed

OPEN, CLOSE = r"<(?:\w+:)?", r"</(?:\w+:)?"
ERROR = re.compile(
    rf"""{OPEN}c\s([^>]*\bt=["']e["'][^>]*)>(?:(?!{CLOSE}c>).)*?{OPEN}v>([^<]*)<""".encode(), re.DOTALL
)
WHOLE = rf"(?:{OPEN}f[^>]*/>|{OPEN}f[\s>][^<]*{CLOSE}f>)?{OPEN}v>(\d+)(?:\.0+)?<"
NUMBER = rf"(?:{OPEN}f[^>]*/>|{OPEN}f[\s>][^<]*{CLOSE}f>)?{OPEN}v>([-+0-9.eE]+)<"
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
class SheetTexts:
    """What cells show: by column (0 is A) the rows (0 is the first) and their texts.

    `errors` counts the errors of each column, with the first; `worded` are the columns whose numbers are shown with
    more than digits, `signs` the currency of those that show one.
    """

    rows: dict[int, list[int]] = field(default_factory=dict)
    texts: dict[int, list[str]] = field(default_factory=dict)
    errors: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    worded: set[int] = field(default_factory=set)
    signs: dict[int, str] = field(default_factory=dict)

    def add(self, column: int, row: int, text: str) -> None:
        self.rows.setdefault(column, []).append(row)
        self.texts.setdefault(column, []).append(text)


class CellScan:
    """Gathers from the pieces of a sheet's XML what its cells show; `styles` is the XML of the book's styles."""

    def __init__(self, styles: str) -> None:
        self.cells = SheetTexts()
        formats = _formats(styles)
        self._zeros = {at: zeros for at, code in formats.items() if (zeros := Zeros.parse(code))}
        self._signs = {at: sign for at, code in formats.items() if (sign := sign_of(code))}
        self._padded, self._signed = _cell(self._zeros, WHOLE), _cell(self._signs, NUMBER)
        self._amounts: dict[int, dict[str, list[tuple[int, str]]]] = {}

    def look(self, piece: bytes) -> None:
        """Take in a piece that begins with a cell or a row."""
        if b't="e"' in piece or b"t='e'" in piece:
            for attributes, text in ERROR.findall(piece):
                self._add_error(attributes, unescape(text.decode(errors="replace")))
        if self._zeros:
            for attributes, style, digits in self._padded.findall(piece):
                if place := REFERENCE.search(attributes):
                    self._add_padded(attributes, place, int(style), digits.decode())
        if self._signs:
            for attributes, style, number in self._signed.findall(piece):
                if (place := REFERENCE.search(attributes)) and not OTHER_TYPE.search(attributes):
                    self._add_amount(place, self._signs[int(style)], number.decode())

    def finish(self) -> SheetTexts:
        """What the cells show. The currency is shown in the cells of a column that has several."""
        for column, by_sign in self._amounts.items():
            if len(by_sign) == 1:
                self.cells.signs[column] = next(iter(by_sign))
                continue
            self.cells.worded.add(column)
            for sign, amounts in by_sign.items():
                for row, number in amounts:
                    self.cells.add(column, row, signed(number, sign))
        return self.cells

    def _add_amount(self, place: re.Match[bytes], sign: str, number: str) -> None:
        by_sign = self._amounts.setdefault(column_number(place[1]) - 1, {})
        by_sign.setdefault(sign, []).append((int(place[2]) - 1, number))

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


def _cell(styles: Iterable[int], value: str) -> re.Pattern[bytes]:
    """A cell in one of these styles: its attributes, style and value."""
    named = "|".join(map(str, styles))
    return re.compile(rf"""{OPEN}c\s([^>]*\bs=["']({named})["'][^>]*)>{value}""".encode())


def _formats(styles: str) -> dict[int, str]:
    """The number format of each style, by its number."""
    codes = BUILT_IN | {each.get("numFmtId", ""): each.get("formatCode", "") for each in tags(FORMAT, styles)}
    listed = STYLES.search(styles)
    numbered = enumerate(tags(STYLE, listed[0]) if listed else [])
    return {at: code for at, each in numbered if (code := codes.get(each.get("numFmtId", "")))}


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
