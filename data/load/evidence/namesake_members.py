"""Members that are told apart by nothing but blanks, capitals, or how an accent is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import many, settle

# These describe a member; they do not tell it from others.
TOLD_ONLY = (
    "email",
    "phone",
    "street",
    "customer_name",
    "product_name",
    "channel_name",
    "partner_name",
    "campaign_name",
)
INVISIBLE = r"[\u200b-\u200f\u2060\ufeff\u00ad]"


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice for each field whose members are fewer than they seem."""
    part = sample.part
    for name, column in part.columns.items():
        texts = sample.field(name)
        if texts is None or part.kind.field(name).dimension is None or name in TOLD_ONLY:
            continue
        groups: dict[str, list[str]] = {}
        for value in texts.drop_nulls().unique(maintain_order=True).to_list():
            groups.setdefault(folded(value), []).append(value)
        more = [values for values in groups.values() if len(values) > 1]
        if more:
            key, most = f"alike: {column}", max(more, key=len)
            said = (
                f"{column} writes {many(len(more), 'value')} in several ways that look the same"
                f" ({most[0]!r} in {len(most)}): they count as different."
            )
            yield Notice(key, said, "", (settle(part, key),))


def folded(value: str) -> str:
    """A value without what the eye passes over.

    >>> folded("Cafe\\u0301  Nero ") == folded("CAF\\u00c9\\u00a0nero")
    True
    """
    plain = unicodedata.normalize("NFKC", re.sub(INVISIBLE, "", value)).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())
