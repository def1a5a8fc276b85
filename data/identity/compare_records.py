"""How two records agree, field by field: levels that a weight can be learnt for and a word said about."""

from __future__ import annotations

from dataclasses import dataclass

from data.connection import Connection

SAME, SIMILAR, DIFFERENT, MISSING = WORDS = ("same", "similar", "different", "missing")


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One thing compared: its levels' words, from level 0 (not known, which weighs nothing) upwards.

    `chances`: for each of the classes of `weigh`, how often each level above 0 is seen in its pairs: where
    learning starts, and what holds where there is little to learn from.
    """

    name: str
    words: tuple[str, ...]
    chances: tuple[tuple[float, ...], ...]
    sql: str


GIVEN = """CASE WHEN x.given IS NULL OR y.given IS NULL THEN 0
    WHEN x.given = y.given THEN 4
    WHEN x.formal = y.formal THEN 3
    WHEN len(x.given) = 1 OR len(y.given) = 1 THEN CASE WHEN left(x.given, 1) = left(y.given, 1) THEN 2 ELSE 1 END
    WHEN jaro_winkler_similarity(x.given, y.given) >= 0.9
        OR least(len(x.given), len(y.given)) >= 4 AND damerau_levenshtein(x.given, y.given) <= 1
        OR least(len(x.given), len(y.given)) >= 3
            AND (starts_with(x.given, y.given) OR starts_with(y.given, x.given)) THEN 3
    ELSE 1 END"""
FAMILY = """CASE WHEN x.family IS NULL OR y.family IS NULL THEN 0
    WHEN x.family = y.family THEN 3
    WHEN jaro_winkler_similarity(x.family, y.family) >= 0.9
        OR least(len(x.family), len(y.family)) >= 4 AND damerau_levenshtein(x.family, y.family) <= 1
        OR contains(' ' || x.family || ' ', ' ' || y.family || ' ')
        OR contains(' ' || y.family || ' ', ' ' || x.family || ' ') THEN 2
    ELSE 1 END"""
NEAR = """(coalesce(x.postcode = y.postcode, false) OR coalesce(x.city = y.city, false)
    OR coalesce(jaro_winkler_similarity(x.city, y.city) >= 0.9, false)
    OR (x.city IS NULL OR y.city IS NULL) AND (x.postcode IS NULL OR y.postcode IS NULL))"""
ADDRESS = f"""CASE
    WHEN x.street IS NULL OR y.street IS NULL THEN
        CASE WHEN x.postcode = y.postcode THEN 2 WHEN {NEAR} THEN 0 ELSE 1 END
    WHEN NOT {NEAR} THEN 1
    WHEN x.way <> y.way THEN 3
    WHEN x.street = y.street THEN CASE WHEN x.number = y.number THEN 6
        WHEN x.number IS NULL OR y.number IS NULL THEN 4 ELSE 3 END
    WHEN x.number = y.number AND (jaro_winkler_similarity(x.street, y.street) >= 0.88
        OR damerau_levenshtein(x.street, y.street) <= 2) THEN 5
    ELSE 3 END"""
EMAIL = """CASE WHEN x.email IS NULL OR y.email IS NULL THEN 0
    WHEN x.email = y.email THEN 4
    WHEN x.digits = y.digits AND (len(x.box) >= 6 AND x.box = y.box
        OR abs(len(x.email) - len(y.email)) <= 2 AND damerau_levenshtein(x.email, y.email) <= 2) THEN 3
    WHEN x.site = y.site THEN 2
    ELSE 1 END"""
PHONE = """CASE WHEN x.phone IS NULL OR y.phone IS NULL THEN 0
    WHEN x.phone = y.phone THEN 3
    WHEN len(x.phone) >= 8 AND (left(x.phone, 3) = left(y.phone, 3) OR right(x.phone, 3) = right(y.phone, 3))
        AND damerau_levenshtein(x.phone, y.phone) <= 1 THEN 2
    ELSE 1 END"""
NUMBERING = "CASE WHEN x.numbering <> y.numbering THEN 3 WHEN x.master THEN 1 ELSE 2 END"

FORM = """CASE WHEN x.form IS NULL OR y.form IS NULL THEN 0 WHEN x.form = y.form THEN 2 ELSE 1 END"""
# Chances by class, in the order of weigh.CLASSES: one, family, neighbour, namesake, stranger, heir.
FIELDS = (
    ComparedField("given_name", (MISSING, DIFFERENT, SIMILAR, SIMILAR, SAME), (
        (0.02, 0.03, 0.06, 0.89), (0.93, 0.01, 0.03, 0.03), (0.95, 0.01, 0.02, 0.02),
        (0.02, 0.02, 0.03, 0.93), (0.93, 0.02, 0.02, 0.03), (0.02, 0.05, 0.05, 0.88),
    ), GIVEN),
    ComparedField("family_name", (MISSING, DIFFERENT, SIMILAR, SAME), (
        (0.02, 0.06, 0.92), (0.35, 0.05, 0.60), (0.94, 0.02, 0.04),
        (0.03, 0.05, 0.92), (0.50, 0.05, 0.45), (0.01, 0.04, 0.95),
    ), FAMILY),
    ComparedField("legal_form", (MISSING, DIFFERENT, SAME), (
        (0.02, 0.98), (0.60, 0.40), (0.60, 0.40), (0.60, 0.40), (0.60, 0.40), (0.30, 0.70),
    ), FORM),
    ComparedField("address", (MISSING, DIFFERENT, MISSING, DIFFERENT, SIMILAR, SIMILAR, SAME), (
        (0.02, 0.04, 0.05, 0.04, 0.04, 0.81), (0.01, 0.02, 0.02, 0.02, 0.03, 0.90),
        (0.01, 0.02, 0.02, 0.02, 0.03, 0.90), (0.15, 0.02, 0.80, 0.02, 0.006, 0.004),
        (0.15, 0.02, 0.80, 0.02, 0.006, 0.004), (0.01, 0.02, 0.02, 0.02, 0.03, 0.90),
    ), ADDRESS),
    ComparedField("email", (MISSING, DIFFERENT, SIMILAR, SIMILAR, SAME), (
        (0.10, 0.13, 0.02, 0.75), (0.84, 0.03, 0.01, 0.12), (0.96, 0.01, 0.01, 0.02),
        (0.979, 0.01, 0.01, 0.001), (0.979, 0.01, 0.01, 0.001), (0.93, 0.02, 0.01, 0.04),
    ), EMAIL),
    ComparedField("phone", (MISSING, DIFFERENT, SIMILAR, SAME), (
        (0.30, 0.01, 0.69), (0.64, 0.01, 0.35), (0.80, 0.01, 0.19),
        (0.989, 0.01, 0.001), (0.989, 0.01, 0.001), (0.84, 0.01, 0.15),
    ), PHONE),
    ComparedField("numbering", (MISSING, SAME, SAME, DIFFERENT), (
        (0.0005, 0.05, 0.9495), (0.15, 0.15, 0.70), (0.15, 0.15, 0.70),
        (0.15, 0.15, 0.70), (0.15, 0.15, 0.70), (0.15, 0.15, 0.70),
    ), NUMBERING),
)  # fmt: skip
SIZES = tuple(len(field.words) for field in FIELDS)


def compare(connection: Connection, sample: int = 1) -> None:
    """Make `identity_scored`: pairs with their pattern, and how rare the names are that they agree on.

    `sample` takes one pair in so many, by the identity of its records. `given_share` and `family_share` are
    how much commoner than usual an agreed name is (1 where they do not agree).
    """
    connection.execute("DROP TABLE IF EXISTS temp.identity_scored")
    levels = ", ".join(f"{field.sql} AS {field.name}" for field in FIELDS)
    chosen = f"WHERE xor(x.seed, y.seed) % {sample} = 0" if sample > 1 else ""
    pattern = "0"
    for field, size in zip(FIELDS, SIZES, strict=True):
        pattern = f"({pattern}) * {size} + {field.name}"
    connection.execute(
        f"""CREATE TEMP TABLE identity_scored AS
        WITH levelled AS (
            SELECT a, b, x.given_share AS gx, x.family_share AS fx,
                CASE WHEN x.given <> y.given AND x.family <> y.family THEN
                    jaro_winkler_similarity(x.given, y.family) >= 0.9
                    AND jaro_winkler_similarity(x.family, y.given) >= 0.9 ELSE false END AS crossed, {levels}
            FROM identity_pair JOIN identity_record AS x ON x.record = a JOIN identity_record AS y ON y.record = b
            {chosen}
        ), turned AS (
            SELECT * REPLACE (
                CASE WHEN crossed AND given_name = 1 AND family_name = 1 THEN 3 ELSE given_name END AS given_name,
                CASE WHEN crossed AND given_name = 1 AND family_name = 1 THEN 2 ELSE family_name END AS family_name)
            FROM levelled
        )
        SELECT a, b, ({pattern})::INTEGER AS pattern,
            CASE WHEN given_name = 4 THEN gx ELSE 1 END::FLOAT AS given_share,
            CASE WHEN family_name = 3 THEN fx ELSE 1 END::FLOAT AS family_share
        FROM turned"""
    )
