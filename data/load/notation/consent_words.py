"""How sources write that a customer gave their consent or withdrew it: words in the languages of firms, yes and no."""

from __future__ import annotations

from data.load.notation.listed_words import meaning, meaning_sql, meanings

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


VERDICTS = meanings({"given": GIVEN, "withdrawn": WITHDRAWN})


def verdict(text: str) -> str | None:
    """'given', 'withdrawn', or None for what is neither.

    >>> verdict("Opt-in"), verdict("Zurückgezogen"), verdict("perhaps")
    ('given', 'withdrawn', None)
    """
    return meaning(text, VERDICTS)


def verdict_sql(text: str) -> str:
    """SQL for the same of the SQL text `text`, null for what is neither."""
    return meaning_sql(text, VERDICTS)
