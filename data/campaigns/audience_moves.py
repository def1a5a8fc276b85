"""Who came into an audience and who left it with one publication, as customers are told apart today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.campaigns.audience_rows import STOOD, Arrays

MOVED = f"""{STOOD}
SELECT customer_code AS code, after > 0 AS is_there FROM stood
WHERE publication = ? AND ((after > 0 AND after = step) OR (after = 0 AND step < 0)) ORDER BY code"""


@dataclass(frozen=True, slots=True, eq=False)
class AudienceMoves:
    """The codes (int32, sorted, each once) of who `came` and who `left`."""

    came: np.ndarray
    left: np.ndarray


def audience_moves(arrays: Arrays, id: str, publication: int) -> AudienceMoves:
    """Who came and left with the publication of that number; `arrays` is a snapshot's."""
    found = arrays(MOVED, [id, publication])
    codes, there = np.asarray(found["code"], dtype=np.int32), np.asarray(found["is_there"], dtype=bool)
    return AudienceMoves(codes[there], codes[~there])
