"""Which deliveries of a stream came as one did, by the same mapping or called alike: an increment is no full export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.connection import Connection
from data.load.checking.column_drift import Header, is_silent
from data.load.mappings.deliveries import Delivery

LATEST = 20
CALLED_ALIKE = "(file = $file OR file GLOB $pattern)"
# A look-up that changes makes another mapping: then the name has to tell, and where it does not, all are alike.
HEADERS = f"""SELECT header, CASE WHEN mapping_hash = $how THEN 0 WHEN {CALLED_ALIKE} THEN if($looks_up, 0, 1)
    ELSE 2 END AS unlike
FROM delivery JOIN batch USING (batch) WHERE source = $source AND part = $part AND origin <> 'mended'
QUALIFY unlike = min(unlike) OVER () ORDER BY batch DESC LIMIT {LATEST}"""
# Of corrected files the last, of copies the first; not what this delivery itself takes the place of.
VOLUMES = f"""SELECT batch FROM delivery JOIN batch USING (batch)
WHERE source = $source AND part = $part AND origin = 'load'
    AND ($looks_up OR mapping_hash = $how OR {CALLED_ALIKE})
    AND NOT (file = $file AND (as_of = $as_of OR ($beside AND as_of = loaded_at)))
QUALIFY row_number() OVER (PARTITION BY file, CASE WHEN NOT $beside OR as_of <> loaded_at THEN as_of END
        ORDER BY batch DESC) = 1
    AND (NOT $records OR rows_read = 0 OR row_number() OVER (PARTITION BY content_hash ORDER BY batch) = 1)"""


@dataclass(frozen=True, slots=True)
class Alike:
    """What tells the deliveries that came as `delivery` did, of the stream of `source`."""

    source: str
    delivery: Delivery

    def _asked(self) -> dict[str, object]:
        part, name = self.delivery.part, self.delivery.name
        return {
            "source": self.source, "part": part.subject, "how": self.delivery.how(), "file": name,
            "pattern": Path(part.file).name if part.file else name, "looks_up": bool(part.joins),
        }  # fmt: skip

    def headers(self, connection: Connection) -> tuple[tuple[Header, ...], bool]:
        """Those read by the same mapping, else of files called alike, else all, the latest first; whether these are
        alike."""
        found = connection.execute(HEADERS, self._asked()).fetchall()
        headers = tuple(tuple(tuple(column) for column in json.loads(text)) for text, _ in found)
        return headers, bool(self.delivery.part.joins) or all(unlike < 2 for _, unlike in found)

    def batches(self, connection: Connection, as_of: datetime) -> list[int]:
        """Those that tell how many rows are usual for this one, of the moment `as_of`: each day's data once."""
        part = self.delivery.part
        records = part.kind.table is None and part.changes == "append"
        asked = self._asked() | {"as_of": as_of, "beside": self.delivery.stands_beside, "records": records}
        return [batch for (batch,) in connection.execute(VOLUMES, asked).fetchall()]


def shown(headers: Sequence[Header], back: int = 0) -> Header:
    """The columns of the first header, each as it was in the first one that had values of it, or in a later such one.

    >>> shown(((("a", "text", ""),), (("a", "number", "9~1"),)))
    (('a', 'number', '9~1'),)
    """
    return tuple(_shown(column, headers, back) for column in headers[0]) if headers else ()


def _shown(column: tuple[str, ...], headers: Sequence[Header], back: int) -> tuple[str, ...]:
    said = [each for header in headers for each in header if each[0] == column[0] and not is_silent(each)]
    return said[back] if len(said) > back else (column[0], "text", "")
