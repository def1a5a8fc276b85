"""What campaigns send: variants in order, each for whom, in which language and when; one of them is for all others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from data.errors import BadRequest, did_you_mean
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name, plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import CAMPAIGN_CONTENT
from data.operational.statement_log import Statement

LONGEST_SUBJECT, LONGEST_MESSAGE, MOST_VARIANTS = 200, 10_000, 50
FORMS = ("plain", "html")
LISTS = ("", "new", "again")


@dataclass(frozen=True, slots=True)
class ContentVariant:
    """What some customers get. Of several that fit a customer the first one counts.

    It is for those who meet all `cuts` (as `cubes.query` writes them, such as "country=Italy|Austria"), stand in the
    `audience` (its id), are in the `arm`, and read the `language`; "" and () ask for nothing. It is sent from
    `valid_from` to `valid_to`, both included. `subject` and `text` are templates; `defaults` say what stands in the
    place of a field that is not known of a customer; `offers` is the list, "new" or "again", of `offer_1` ...
    """

    name: str
    text: str
    subject: str = ""
    cuts: tuple[str, ...] = ()
    audience: str = ""
    arm: str = ""
    language: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    defaults: tuple[tuple[str, str], ...] = ()
    offers: str = ""
    form: str = "plain"

    @property
    def is_default(self) -> bool:
        """Whether it fits everybody, always."""
        asked = (self.cuts, self.audience, self.arm, self.language, self.valid_from, self.valid_to)
        return not any(asked)

    def is_valid(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True, slots=True)
class LanguageSource:
    """Where a customer's language is told: by a `level` that describes customers, such as their country, of whose
    members `table` says the language; those that it does not name are languages themselves. "" where nowhere."""

    level: str = ""
    table: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """What a campaign sends, as it was said last (UTC) by the statement `said`; nothing where nobody said anything.
    `is_erased` where it named a customer who was erased, and is gone with them.

    Where there are variants, exactly one is for everybody, and it stands last: each customer gets exactly one.
    """

    campaign: str
    variants: tuple[ContentVariant, ...] = ()
    languages: LanguageSource = field(default_factory=LanguageSource)
    said: str = ""
    said_by: str = ""
    said_at: datetime = datetime.min
    is_erased: bool = False

    def variant(self, name: str) -> ContentVariant:
        """Raises BadRequest with the nearest names."""
        found = next((each for each in self.variants if each.name.casefold() == name.casefold()), None)
        if found is None:
            names = [each.name for each in self.variants]
            raise BadRequest(f"No variant is called “{name}”.", did_you_mean(name, names))
        return found

    def put(self, variant: ContentVariant, instead_of: str = "") -> CampaignContent:
        """With a variant in the place of another, or as the last but the one for everybody."""
        if instead_of:
            old = self.variant(instead_of)
            return replace(self, variants=tuple(variant if each is old else each for each in self.variants))
        return replace(self, variants=(*self.variants, variant))

    def without(self, name: str) -> CampaignContent:
        gone = self.variant(name)
        return replace(self, variants=tuple(each for each in self.variants if each is not gone))

    def moved(self, name: str, by: int) -> CampaignContent:
        """With a variant so many places further down (negative: up)."""
        one = self.variant(name)
        rest = [each for each in self.variants if each is not one]
        rest.insert(max(0, self.variants.index(one) + by), one)
        return replace(self, variants=tuple(rest))


def campaign_content(store: OperationalStore, campaign: str) -> CampaignContent:
    """What a campaign (its id) sends. Errors: WarehouseError."""
    return _of(statement_log.current(store, CAMPAIGN_CONTENT), campaign)


def save(
    store: OperationalStore, content: CampaignContent, who: str, standing_on: StandingOn | None = None
) -> str:
    """Save what a campaign sends; the statement which says so, which `undo` takes back.

    Templates are held against the fields that there are by `data.campaigns.checked_content`, before this. Errors:
    BadRequest for what `arranged` refuses; ChangedMeanwhile where it was changed since it was read, unless
    `standing_on` says that this was seen; WarehouseError.
    """
    kept = arranged(content)
    with statement_log.writing(store) as log:
        values = {"campaign": kept.campaign, "variants": _written(kept)}
        return log.say(CAMPAIGN_CONTENT, values, who, standing_on or StandingOn.of(kept.said))


def undo(store: OperationalStore, statement: str, who: str) -> None:
    """What was said before holds again. Errors: BadRequest where it is taken back already; WarehouseError."""
    statement_log.take_back(store, statement, who)


def arranged(content: CampaignContent) -> CampaignContent:
    """The content as it is kept: names and texts plain, the variant for everybody last. Raises BadRequest."""
    variants = tuple(map(_plain, content.variants))
    if len(variants) > MOST_VARIANTS:
        raise BadRequest(f"These are {len(variants):,} variants.", f"A campaign has {MOST_VARIANTS} at most.")
    _refuse_twice(variants)
    _refuse_without_default(variants)
    _refuse_unread(content.languages, variants)
    return replace(content, variants=tuple(sorted(variants, key=lambda each: each.is_default)))


def days_of_default_alone(content: CampaignContent, first: date, last: date) -> tuple[tuple[date, date], ...]:
    """The runs of days from `first` to `last` on which only the variant for everybody is valid, where there are
    others."""
    others = [each for each in content.variants if not each.is_default]
    if not others:
        return ()
    runs, at = [], first
    spans = sorted((each.valid_from or date.min, each.valid_to or date.max) for each in others)
    for begin, end in spans:
        if begin > at:
            runs.append((at, min(date.fromordinal(begin.toordinal() - 1), last)))
        if end >= last:
            return tuple(run for run in runs if run[0] <= last)
        at = max(at, date.fromordinal(end.toordinal() + 1))
    return tuple(run for run in (*runs, (at, last)) if run[0] <= last)


def _plain(each: ContentVariant) -> ContentVariant:
    name = plain_name(each.name)
    if each.valid_from and each.valid_to and each.valid_to < each.valid_from:
        raise BadRequest(
            f"“{name}” ends on {each.valid_to}, before it begins on {each.valid_from}.",
            "Let it end on a later day.",
        )
    if each.form not in FORMS:
        raise BadRequest(f"“{name}” cannot be {each.form!r}.", did_you_mean(each.form, FORMS))
    if each.offers not in LISTS:
        raise BadRequest(
            f"“{name}” cannot take offers from {each.offers!r}.", did_you_mean(each.offers, LISTS[1:])
        )
    return replace(each, name=name, text=plain_text(each.text, LONGEST_MESSAGE), subject=_subject(each.subject),
                   cuts=tuple(cut.strip() for cut in each.cuts if cut.strip()),
                   language=each.language.strip(), defaults=tuple(sorted(each.defaults)))  # fmt: skip


def _subject(text: str) -> str:
    return plain_text(" ".join(text.split()), LONGEST_SUBJECT) if text.strip() else ""


def _refuse_twice(variants: tuple[ContentVariant, ...]) -> None:
    names = [each.name.casefold() for each in variants]
    for each in variants:
        if names.count(each.name.casefold()) > 1:
            raise BadRequest(f"Two variants are called “{each.name}”.", "Give each a name of its own.")


def _refuse_without_default(variants: tuple[ContentVariant, ...]) -> None:
    everybody = [each.name for each in variants if each.is_default]
    if variants and not everybody:
        raise BadRequest(
            "No variant is for everybody else, so some customers would get nothing.",
            "Let one variant be without a condition, a language and days.",
        )
    if len(everybody) > 1:
        named = " and ".join(f"“{name}”" for name in everybody)
        raise BadRequest(f"{named} are both for everybody.", "Say of all but one for whom they are.")


def _refuse_unread(source: LanguageSource, variants: tuple[ContentVariant, ...]) -> None:
    for each in variants:
        if each.language and not source.level:
            raise BadRequest(f"“{each.name}” is for a language, and nothing tells what customers read.",
                             "Choose what their language is told by, such as their country.")  # fmt: skip


def _of(holding: Iterable[Statement], campaign: str) -> CampaignContent:
    found = next((each for each in holding if each.told.get("campaign") == campaign), None)
    return CampaignContent(campaign) if found is None else _content(found)


def _written(content: CampaignContent) -> str:
    told = {"languages": asdict(content.languages), "variants": [asdict(each) for each in content.variants]}
    return json.dumps(told, ensure_ascii=False, default=date.isoformat)


def _content(statement: Statement) -> CampaignContent:
    """Nothing is left of a content that named a customer who was erased."""
    text = statement.told["variants"]
    told = {} if text == ERASED else json.loads(text)
    source = told.get("languages", {"level": "", "table": ()})
    return CampaignContent(
        statement.told["campaign"],
        tuple(_variant(each) for each in told.get("variants", ())),
        LanguageSource(source["level"], _pairs(source["table"])),
        statement.id,
        statement.said_by,
        statement.said_at,
        text == ERASED,
    )


def _variant(told: Mapping[str, Any]) -> ContentVariant:
    """A variant as it was written; what this release does not know of it is passed over."""
    known = {each.name for each in fields(ContentVariant)}
    values = {name: value for name, value in told.items() if name in known}
    days = {name: date.fromisoformat(told[name]) for name in ("valid_from", "valid_to") if told.get(name)}
    return ContentVariant(
        **values | days | {"cuts": tuple(told["cuts"]), "defaults": _pairs(told["defaults"])}
    )


def _pairs(told: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in told)
