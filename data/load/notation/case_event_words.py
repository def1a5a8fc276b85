"""How sources call what happens to a ticket or case: opened, assigned, answered, closed, reopened, handed over."""

from __future__ import annotations

from collections.abc import Mapping

from data.load.notation.listed_words import meaning, meaning_sql, meanings

# In small letters, without accents; what stands between words counts as a blank.
WORDS: Mapping[str, str] = {
    "opened": """opened, open, created, new, received, registered, logged, submitted, aperto, aperta, apertura,
        creato, geoffnet, eroffnet, erstellt, neu, ouvert, cree, abierto, creado, открыто, открыт,
        создано, создан, geopend, otwarte, utworzone""",
    "assigned": """assigned, assigned to, taken, accepted, in progress, work in progress, assegnato, assegnata,
        preso in carico, zugewiesen, zugeteilt, in bearbeitung, assigne, attribue, asignado, назначено,
        назначен, toegewezen, przypisane""",
    "answered": """answered, answer, replied, reply, responded, response, first response, first reply, risposto,
        risposta, beantwortet, antwort, repondu, reponse, respondido, respuesta, отвечено, ответ,
        beantwoord, odpowiedz""",
    "closed": """closed, close, resolved, solved, done, completed, chiuso, chiusa, chiusura, risolto,
        geschlossen, gelost, erledigt, ferme, resolu, cloture, cerrado, resuelto, закрыто, закрыт,
        решено, решен, gesloten, opgelost, zamkniete""",
    "reopened": """reopened, reopen, re opened, opened again, riaperto, riaperta, riapertura, wiedereroffnet,
        wieder geoffnet, rouvert, reouvert, reabierto, переоткрыто, переоткрыт, открыто повторно,
        heropend, ponownie otwarte""",
    "handed over": """handed over, hand over, handover, transferred, transfer, escalated, escalation, forwarded,
        reassigned, passato, trasferito, inoltrato, ubergeben, weitergeleitet, eskaliert, transfere,
        escalade, transferido, escalado, передано, передан, эскалация, overgedragen, przekazane""",
}
EVENTS = meanings(WORDS)


def event(text: str) -> str | None:
    """The event that a text names, or None.

    >>> event("Re-opened"), event("Chiuso"), event("painted")
    ('reopened', 'closed', None)
    """
    return meaning(text, EVENTS)


def event_sql(text: str) -> str:
    """SQL for the event that the SQL text `text` says, or for what it says where that is none of these."""
    return meaning_sql(text, EVENTS, otherwise=text)
