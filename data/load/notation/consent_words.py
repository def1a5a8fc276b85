"""How sources write that a customer gave their consent or withdrew it: words in the languages of firms, yes and no."""

from __future__ import annotations

import re
import unicodedata

# Small letters and digits, without accents; what stands between words counts as a blank.
GIVEN = """given, granted, accepted, agreed, allowed, approved, authorized, authorised, permitted, confirmed, consented,
consent, opt in, opted in, optin, double opt in, subscribed, consent given, on, ok, yes, y, true, t, 1, 1 0, x,
si, vero, dato, data, concesso, concessa, accettato, accettata, autorizzato, rilasciato, prestato, iscritto, acconsente,
ja, j, wahr, erteilt, gegeben, zugestimmt, eingewilligt, erlaubt, akzeptiert, angemeldet, einwilligung erteilt,
oui, vrai, donne, accorde, accepte, consenti, autorise, inscrit, abonne,
verdadero, otorgado, concedido, aceptado, dado, autorizado, suscrito, sim, verdadeiro, aceito, inscrito,
waar, gegeven, verleend, akkoord, toegestaan, aangemeld, tak, prawda, wyrazona, udzielona, zgoda,
да, истина, дано, согласен, согласна, согласие, подписан, разрешено"""
WITHDRAWN = """withdrawn, withdraw, revoked, refused, denied, declined, rejected, objected, expired, cancelled,
canceled, opt out, opted out, optout, unsubscribed, not given, off, no, n, false, f, 0, 0 0,
falso, revocato, revocata, ritirato, ritirata, negato, negata, rifiutato, disiscritto, non dato,
nein, falsch, widerrufen, zuruckgezogen, abgelehnt, verweigert, widersprochen, abgemeldet, nicht erteilt,
non, faux, retire, revoque, refuse, desinscrit, desabonne, oppose,
retirado, revocado, rechazado, denegado, negado, baja, nao, revogado, recusado,
nee, onwaar, ingetrokken, geweigerd, afgemeld, nie, falsz, fałsz, wycofana, cofnieta, odmowa,
нет, ложь, отозвано, отозван, отказ, отписан, запрещено"""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


VERDICTS = {
    word: told for told, words in (("given", GIVEN), ("withdrawn", WITHDRAWN)) for word in _listed(words)
}


def verdict(text: str) -> str | None:
    """'given', 'withdrawn', or None for what is neither.

    >>> verdict("Opt-in"), verdict("Zurückgezogen"), verdict("perhaps")
    ('given', 'withdrawn', None)
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return VERDICTS.get(re.sub(r"[\W_]+", " ", bare).strip())


def verdict_sql(text: str) -> str:
    """SQL for the same of the SQL text `text`, null for what is neither."""
    bare = rf"trim(regexp_replace(strip_accents(lower({text})), '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"
    cases = " ".join(
        f"WHEN {bare} IN ({', '.join(repr(word) for word, said in VERDICTS.items() if said == told)}) THEN '{told}'"
        for told in ("given", "withdrawn")
    )
    return f"CASE {cases} END"
