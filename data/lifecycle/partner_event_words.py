"""What firms call what happens to partners, in their lists and in their files, and what it is to the life cycle."""

from __future__ import annotations

CHOSEN, SIGNED, TRAINED, RENEWED, LEFT, SUSPENDED = (
    "chosen",
    "signed",
    "trained",
    "renewed",
    "left",
    "suspended",
)
# Suspended is no stage: whoever is stays where they are, and it is told.
EVENTS = (CHOSEN, SIGNED, TRAINED, RENEWED, SUSPENDED, LEFT)
WORDS: dict[str, str] = {
    CHOSEN: "chosen selected approved scelto selezionato approvato ausgewählt gewählt choisi sélectionné elegido"
    " seleccionado выбран одобрен",
    SIGNED: "signed contract agreement onboarding contracted firmato contratto accordo inserimento unterschrieben"
    " vertrag signé contrat firmado contrato подписан договор",
    TRAINED: "trained training enabled active certified formato formazione attivo abilitato geschult schulung aktiv"
    " formé formation actif formado activo обучен активен",
    RENEWED: "renewed renewal extended rinnovato rinnovo prorogato verlängert erneuert renouvelé renovado"
    " продлен продлён",
    SUSPENDED: "suspended paused blocked sospeso bloccato gesperrt suspendu suspendido приостановлен",
    LEFT: "left ended terminated closed cancelled exit cessato chiuso uscito disdetto beendet gekündigt parti terminé"
    " résilié terminado baja ушел ушёл расторгнут",
}


def event_sql(text: str) -> str:
    """SQL for what a word is to the life cycle; null for another."""
    cases = " ".join(
        f"WHEN lower(trim({text})) IN ({', '.join(repr(word) for word in words.split())}) THEN '{kind}'"
        for kind, words in WORDS.items()
    )
    return f"CASE {cases} END"
