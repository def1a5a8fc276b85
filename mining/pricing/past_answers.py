"""What was answered to prices that customers named, whatever words a source has for it."""

from __future__ import annotations

from enum import StrEnum

import polars as pl


class OfferAnswer(StrEnum):
    """What became of a price that was named."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    COUNTERED = "countered"
    WAITING = "waiting"
    OTHER = "other"


WORDS = {
    OfferAnswer.ACCEPTED: "accepted accept yes agreed approved ok sold won taken accettato accettata accettate sì"
    " aceptado aceptada aceptar accepté acceptée angenommen akzeptiert принято принята принят aceito geaccepteerd"
    " zaakceptowano",
    OfferAnswer.DECLINED: "refused declined decline rejected reject no lost denied rifiutato rifiutata respinto"
    " respinta rechazado rechazada refusé refusée abgelehnt отклонено отклонена отказано recusado geweigerd afgewezen"
    " odrzucono",
    OfferAnswer.COUNTERED: "countered counter counteroffer counter-offer controfferta controproposta contraoferta"
    " contre-offre gegenangebot встречное",
    OfferAnswer.WAITING: "waiting open pending new attesa aperta abierta offen attente",
}  # fmt: skip
MEANT = {word: answer.value for answer, words in WORDS.items() for word in words.split()}


def answer_of(column: pl.Expr) -> pl.Expr:
    """The answer meant by a text in small letters; one that is not told waits."""
    word = column.str.strip_chars()
    known = word.replace_strict(MEANT, default=OfferAnswer.OTHER.value, return_dtype=pl.String)
    return pl.when(word.is_null() | (word == "")).then(pl.lit(OfferAnswer.WAITING.value)).otherwise(known)


def decided(kept: pl.DataFrame) -> pl.DataFrame:
    """The rows that were accepted or declined, with `taken`."""
    told = kept.with_columns(meant=answer_of(pl.col("answer")))
    yes, no = OfferAnswer.ACCEPTED.value, OfferAnswer.DECLINED.value
    return told.filter(pl.col("meant").is_in([yes, no])).with_columns(taken=pl.col("meant") == yes)
