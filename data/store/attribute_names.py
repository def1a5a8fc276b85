"""What an attribute may be called: a plain word that means nothing else, to the cube or to SQL."""

from __future__ import annotations

import re
from functools import cache

from data.model.canonical_tables import LEVELS, RESERVED
from data.store import duckdb_engine as engine
from data.store import extension

NAME = r"[a-z][a-z0-9_]{0,39}"


def is_attribute_name(name: str) -> bool:
    """Whether an attribute may be called `name`: a plain word that means nothing else."""
    taken = any(name in names for names in (extension.taken(), LEVELS, RESERVED, _sql_words()))
    return bool(re.fullmatch(NAME, name)) and not taken and not name.endswith(("_key", "_code"))


@cache
def _sql_words() -> frozenset[str]:
    sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    with engine.scratch() as connection:
        return frozenset(word for (word,) in connection.execute(sql).fetchall())
