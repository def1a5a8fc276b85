"""Who came into an audience and who left it with one publication, as customers are told apart today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.campaigns.audience_rows import Arrays

# As `audience_rows.course` counts them: who stood in it by another number neither comes nor leaves.
MOVED = """WITH moved AS (
  SELECT customer_code, publication, sum(step) AS step FROM (
    SELECT customer_code, unnest([came, went]) AS publication, unnest([1, -1]) AS step
    FROM audience_member JOIN customer_identity USING (identity_key) WHERE audience = ?)
  WHERE publication IS NOT NULL GROUP BY ALL
), stood AS (
  SELECT *, sum(step) OVER (PARTITION BY customer_code ORDER BY publication) AS after FROM moved
)
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
