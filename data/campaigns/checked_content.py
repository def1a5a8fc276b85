"""What a campaign sends, held against the fields that there are before it is saved: nothing fails when it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from data.campaigns.message_fields import OFFERS, MessageField
from data.campaigns.message_template import MessageTemplate, message_template
from data.errors import BadRequest, did_you_mean
from data.operational.campaign_contents import CampaignContent, ContentVariant, arranged


def checked(content: CampaignContent, fields: Mapping[str, MessageField]) -> CampaignContent:
    """The content as it is kept. Raises BadRequest."""
    kept = arranged(content)
    for variant in kept.variants:
        for message in _messages(variant):
            _check(variant, message, fields)
        _refuse_gaps(variant, fields)
    return kept


def fields_of(variant: ContentVariant) -> tuple[str, ...]:
    """The fields that a variant names, in its subject or its text. Raises BadRequest."""
    return tuple(dict.fromkeys(name for each in _messages(variant) for name in each.fields))


def gaps_of(variant: ContentVariant, fields: Mapping[str, MessageField]) -> tuple[str, ...]:
    """The fields of a variant that may not be known of a customer where its text prints them. Raises BadRequest."""
    bare = dict.fromkeys(name for each in _messages(variant) for name in each.bare)
    return tuple(name for name in bare if name in fields and not fields[name].is_always)


def _messages(variant: ContentVariant) -> Iterator[MessageTemplate]:
    """The templates of its subject, which is plain always, and its text."""
    for text, form in ((variant.subject, "plain"), (variant.text, variant.form)):
        try:
            yield message_template(text, form)
        except BadRequest as error:
            raise BadRequest(f"“{variant.name}”: {error.problem}", error.remedy) from None


def _check(variant: ContentVariant, message: MessageTemplate, fields: Mapping[str, MessageField]) -> None:
    for name in message.fields:
        if name not in fields:
            raise BadRequest(
                f"“{variant.name}” names {name!r}, and there is no such field.", did_you_mean(name, fields)
            )
        if name in OFFERS and not variant.offers:
            raise BadRequest(f"“{variant.name}” names {name!r}, but takes no offers.",
                             "Choose the list that its offers are of.")  # fmt: skip
    _try(variant, message, fields)


def _refuse_gaps(variant: ContentVariant, fields: Mapping[str, MessageField]) -> None:
    told = dict(variant.defaults)
    gaps = [name for name in gaps_of(variant, fields) if name not in told]
    if gaps:
        raise BadRequest(f"Not every customer has {' and '.join(gaps)}, which “{variant.name}” names.",
                         f"Say what stands in its place, or write {{% if {gaps[0]} %}}…{{% endif %}}.")  # fmt: skip


def _try(variant: ContentVariant, message: MessageTemplate, fields: Mapping[str, MessageField]) -> None:
    """Told once of a customer of whom all is known, and once of one of whom nothing is."""
    examples = {name: [fields[name].example, None] for name in message.fields}
    try:
        message.render(pl.DataFrame(examples), dict(variant.defaults))
    except BadRequest as error:
        raise BadRequest(f"“{variant.name}”: {error.problem}", error.remedy) from None
