"""Response codes: what tells by whom a contact is answered, short enough to type and not to be guessed.

Ten letters of Crockford's base 32, which leaves out what is read wrongly (I, L, O, U): 50 bits from the system's own
source of secrets. Among a million codes one guess in a thousand million hits one.
"""

from __future__ import annotations

import secrets

import numpy as np
import polars as pl

LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", np.uint8)
LENGTH = 10


def response_codes(many: int) -> pl.Series:
    """So many codes, each once.

    >>> codes = response_codes(1000)
    >>> codes.n_unique(), codes.str.len_chars().unique().to_list()
    (1000, [10])
    """
    while True:
        drawn = np.frombuffer(secrets.token_bytes(many * LENGTH), np.uint8).reshape(many, LENGTH)
        texts = LETTERS[drawn & 31].view(f"S{LENGTH}")[:, 0]
        codes = pl.Series(texts.tolist(), dtype=pl.Binary).cast(pl.String)
        if codes.n_unique() == many:
            return codes
