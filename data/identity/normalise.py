"""Names, addresses, e-mails and phones reduced to what can be compared, in tables of the connection's own."""

from __future__ import annotations

from data.connection import Connection
from data.identity.lexicon import (
    COMPOUNDED,
    CONNECTIVES,
    LEGAL_FORMS,
    NOT_STREET,
    TITLES,
    calling_codes,
    short_names,
    ways,
)

TEMPORARY = (
    "lexicon code name street raw record block pair scored pattern reached decided whole".split()  # noqa: SIM905
)
SHARED_BY = 6
SITE_SHARED_BY = 30
RAREST, COMMONEST = 0.2, 5
MASTER_LEAST, MASTER_REPEATS = 500, 0.005
PRIVATE = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def identifier(name: str) -> str:
    """A table's name, quoted part by part so that it can be nothing else."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def prepare(connection: Connection, table: str) -> None:
    """Make `identity_record`: one row a record of `table`, with texts that can be compared."""
    clear(connection)
    _write_lexicon(connection)
    source = identifier(table)
    _prepare_names(connection, source)
    _prepare_streets(connection, source)
    _prepare_records(connection, source)
    _finish(connection)


def clear(connection: Connection) -> None:
    """Drop everything that a match made."""
    for name in TEMPORARY:
        connection.execute(f"DROP TABLE IF EXISTS temp.identity_{name}")


def _fold(text: str) -> str:
    """Lower case without accents; letters that carry no accent but have a plain cousin become it."""
    lower = f"translate(lower({text}), 'łøđı’ʼ`´', 'lodi''''''''')"
    return f"strip_accents(replace(replace(replace({lower}, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'))"


def _words(text: str) -> str:
    return f"trim(regexp_replace(replace({_fold(text)}, '''', ''), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"


def _write_lexicon(connection: Connection) -> None:
    connection.execute("CREATE TEMP TABLE identity_lexicon (kind VARCHAR, word VARCHAR, formal VARCHAR)")
    connection.execute("CREATE TEMP TABLE identity_code (country VARCHAR, code VARCHAR)")
    rows: list[tuple[str, str, str | None]] = [("title", word, None) for word in TITLES]
    rows += [("link", word, None) for word in CONNECTIVES]
    rows += [("short", *pair) for pair in short_names()]
    rows += [("way", *pair) for pair in ways()]
    connection.executemany("INSERT INTO identity_lexicon VALUES (?, ?, ?)", rows)
    connection.executemany("INSERT INTO identity_code VALUES (?, ?)", calling_codes())


def _forms() -> str:
    """A pattern for legal forms at a name's end or inside it, whether their letters stand apart or not."""
    forms = sorted(
        {" ?".join(form) for form in LEGAL_FORMS if len(form) > 1}, key=lambda form: (-len(form), form)
    )
    return f"( ({'|'.join(forms)}))+( |$)"


def _prepare_names(connection: Connection, source: str) -> None:
    """`identity_name`: each spelling once, split into a given name (or trade) and the rest.

    The word of a name that stands first most often, over all records, is taken for the given name: which one
    that is does not depend on the order in a record, on the language or on a list of names.
    """
    connection.execute(
        f"""CREATE TEMP TABLE identity_name AS
        WITH spelt AS (
            SELECT {_words("name")} AS bare, count(*) AS records FROM {source} WHERE name IS NOT NULL GROUP BY ALL
        ), clean AS (
            SELECT bare, records, trim(regexp_replace(bare, ?, ' ', 'g')) AS short FROM spelt WHERE bare <> ''
        ), split AS (
            SELECT bare, records, string_split(CASE WHEN short = '' THEN bare ELSE short END, ' ') AS words FROM clean
        ), word AS (
            SELECT bare, records, unnest(words) AS word, generate_subscripts(words, 1) AS place, len(words) AS words
            FROM split
        ), kept AS (
            SELECT bare, records, word, place FROM word WHERE word <> '' AND NOT (
                words > 1 AND word IN (SELECT word FROM identity_lexicon WHERE kind = 'title')
                OR words > 2 AND word IN (SELECT word FROM identity_lexicon WHERE kind = 'link')
                    AND (len(word) > 1 OR place BETWEEN 2 AND words - 1))
        ), ordered AS (
            SELECT *, place = min(place) OVER (PARTITION BY bare) AS leads, count(*) OVER (PARTITION BY bare) AS words
            FROM kept
        ), given AS (
            SELECT word, (sum(records) FILTER (leads) + 0.5) / (sum(records) + 1.0) AS leader
            FROM ordered WHERE words > 1 GROUP BY word
        ), ranked AS (
            SELECT bare, word, words, row_number() OVER
                (PARTITION BY bare ORDER BY coalesce(leader, 0.5) DESC, word, place) AS rank
            FROM ordered LEFT JOIN given USING (word)
        ), parted AS (
            SELECT bare, max(word) FILTER (rank = 1 AND words > 1) AS given,
                string_agg(word, ' ' ORDER BY word) FILTER (rank > 1 OR words = 1) AS family
            FROM ranked GROUP BY bare
        )
        SELECT bare, given, coalesce(formal, given) AS formal, family,
            nullif(replace(regexp_extract(bare, ?), ' ', ''), '') AS form
        FROM parted LEFT JOIN identity_lexicon ON kind = 'short' AND identity_lexicon.word = given""",
        [_forms(), _forms()],
    )


def _prepare_streets(connection: Connection, source: str) -> None:
    """`identity_street`: each spelling once, split into the kind of street, its own words and the house number."""
    kinds = f"(^| )({'|'.join(word for word, _ in ways())})( |$)"
    undotted = "replace(regexp_replace(lower(street), '([a-z])g[.]', '\\1gasse '), '.', '')"
    noise = f"(^| )({'|'.join(NOT_STREET.split())})( |$)"
    connection.execute(
        f"""CREATE TEMP TABLE identity_street AS
        WITH spelt AS (SELECT DISTINCT street FROM {source} WHERE street IS NOT NULL),
        folded AS (
            SELECT street, {_words(undotted)} AS bare
            FROM spelt
        ), numbered AS (
            SELECT street, trim(regexp_replace(regexp_replace(
                    bare, '^\\d+[a-z]? |(^| )\\d+[a-z]?( [a-z\\d])?$', ' ', 'g'), ?, ' ', 'g')) AS bare,
                CASE WHEN regexp_matches(bare, '^\\d') THEN regexp_extract(bare, '^\\d+')
                     ELSE regexp_extract(bare, '(\\d+)[^\\d]*$', 1) END AS number
            FROM folded
        ), own AS (
            SELECT *, regexp_extract(bare, ?, 2) AS word, trim(regexp_replace(bare, ?, ' ')) AS core FROM numbered
        ), split AS (
            SELECT street, number, CASE WHEN word <> '' AND core <> '' THEN word
                    ELSE regexp_extract(bare, ?, 2) END AS word,
                CASE WHEN core = '' THEN bare WHEN word <> '' THEN core
                    ELSE regexp_replace(bare, ?, '\\1') END AS core
            FROM own
        )
        SELECT street, nullif(number, '') AS number, formal AS way, nullif(replace(core, ' ', ''), '') AS core
        FROM split LEFT JOIN identity_lexicon ON kind = 'way' AND identity_lexicon.word = split.word""",
        [noise, kinds, kinds, *[f"(\\pL{{3}})({'|'.join(COMPOUNDED.split())})$"] * 2],
    )


def _prepare_records(connection: Connection, source: str) -> None:
    """`identity_raw`: each record's parts, before looking at how many share them."""
    codes = "|".join(sorted({code for _, code in calling_codes()}, key=lambda code: (-len(code), code)))
    connection.execute(
        f"""CREATE TEMP TABLE identity_raw AS
        WITH reached AS (
            SELECT record, numbering, id, street, {_words("name")} AS bare,
                nullif(replace(upper({_fold("postcode")}), ' ', ''), '') AS postcode,
                nullif({_words("city")}, '') AS city,
                regexp_replace(trim(lower(email)), '\\+[^@]*@', '@') AS email,
                replace({_words("country")}, ' ', '') AS country,
                regexp_replace(replace(phone, '(0)', ''), '[^\\d+]', '', 'g') AS dialled
            FROM {source}
        ), called AS (
            SELECT *, regexp_replace(dialled, '^(\\+|00)', '') AS digits, regexp_matches(dialled, '^(\\+|00)') AS abroad
            FROM reached LEFT JOIN identity_code USING (country)
        ), national AS (
            SELECT *, ltrim(CASE WHEN NOT abroad THEN digits
                WHEN starts_with(digits, code) THEN substr(digits, len(code) + 1)
                ELSE regexp_replace(digits, '^({codes})', '') END, '0') AS phone
            FROM called
        )
        SELECT record, coalesce(numbering, '') AS numbering, hash(numbering, id) AS seed, given, formal, family, form,
            core AS street, way, number, postcode, city,
            CASE WHEN regexp_matches(email, ?) THEN email END AS email,
            CASE WHEN len(phone) BETWEEN 6 AND 15 THEN phone END AS phone
        FROM national LEFT JOIN identity_name USING (bare) LEFT JOIN identity_street USING (street)""",
        [PRIVATE],
    )


def _finish(connection: Connection) -> None:
    """`identity_record`: an e-mail or phone of too many different customers is left out, for it identifies nobody.

    `site` is a domain that is nobody's but one customer's; `given_share` and `family_share` say how much commoner
    than the usual agreement a name is; `master` is true in a numbering that hardly ever has one customer twice.
    """
    shared = {
        field: f"""(SELECT {field}, true AS shared FROM identity_raw WHERE {field} IS NOT NULL
            GROUP BY {field} HAVING count(*) > {SHARED_BY} AND count(DISTINCT family) > {SHARED_BY})"""
        for field in ("email", "phone")
    }
    connection.execute(
        f"""CREATE TEMP TABLE identity_record AS
        WITH kept AS (
            SELECT raw.* EXCLUDE (email, phone), CASE WHEN mail.shared THEN NULL ELSE raw.email END AS email,
                CASE WHEN line.shared THEN NULL ELSE raw.phone END AS phone
            FROM identity_raw AS raw LEFT JOIN {shared["email"]} AS mail ON raw.email = mail.email
                LEFT JOIN {shared["phone"]} AS line ON raw.phone = line.phone
        ), site AS (
            SELECT split_part(email, '@', 2) AS site FROM kept WHERE email IS NOT NULL
            GROUP BY site HAVING count(DISTINCT family) <= {SITE_SHARED_BY}
        )
        SELECT kept.*, split_part(email, '@', 1) AS box, regexp_replace(email, '\\D', '', 'g') AS digits, site.site,
            coalesce(given_share, 1) AS given_share, coalesce(family_share, 1) AS family_share,
            coalesce(master, false) AS master
        FROM kept LEFT JOIN site ON split_part(email, '@', 2) = site.site
            LEFT JOIN ({_commonness("given")}) USING (given) LEFT JOIN ({_commonness("family")}) USING (family)
            LEFT JOIN ({_masters()}) USING (numbering)"""
    )
    connection.execute("DROP TABLE identity_raw")


def _commonness(part: str) -> str:
    """SQL for how much commoner than the usual agreement each name is."""
    return f"""SELECT {part}, least({COMMONEST}, greatest({RAREST}, records * sum(records) OVER ()
            / sum(records * records) OVER ()))::FLOAT AS {part}_share
        FROM (SELECT {part}, count(*)::DOUBLE AS records FROM identity_raw WHERE {part} IS NOT NULL GROUP BY {part})"""


def _masters() -> str:
    """SQL for the numberings that have hardly anybody twice: with the same name and e-mail, or name and phone."""
    repeats = " UNION ".join(
        f"""SELECT numbering, unnest(list(record)) AS record FROM identity_raw
        WHERE {field} IS NOT NULL AND family IS NOT NULL
        GROUP BY numbering, given, family, {field} HAVING count(*) > 1"""
        for field in ("email", "phone")
    )
    return f"""SELECT numbering, true AS master
        FROM (SELECT numbering, count(*) AS records FROM identity_raw GROUP BY numbering)
            LEFT JOIN (SELECT numbering, count(*) AS twice FROM ({repeats}) GROUP BY numbering) USING (numbering)
        WHERE records >= {MASTER_LEAST} AND coalesce(twice, 0) <= {MASTER_REPEATS} * records"""
