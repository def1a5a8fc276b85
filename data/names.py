"""What an attribute may be called: a plain word that means nothing else, to the cube or to SQL."""

from __future__ import annotations

import re
from functools import cache

from data.engines import duckdb as engine
from data.schema import LEVELS, RESERVED

NAME = r"[a-z][a-z0-9_]{0,39}"


def is_attribute_name(name: str) -> bool:
    """Whether an attribute may be called `name`: a plain word that means nothing else."""
    taken = name in LEVELS or name in RESERVED or name in _sql_words() or name.endswith(("_key", "_code"))
    return bool(re.fullmatch(NAME, name)) and not taken


@cache
def _sql_words() -> frozenset[str]:
    sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    with engine.scratch() as connection:
        return frozenset(word for (word,) in connection.execute(sql).fetchall())
