"""The mapping as people mend it: each field a select box with the columns there are, beside a value of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from data.load.mappings.canonical_fields import (
    CHANGE_FIELDS,
    CHANNEL_FIELDS,
    CUSTOMER_FIELDS,
    PRODUCT_FIELDS,
)
from data.load.mappings.mapping import Part
from pages.manage.files.data_page_state import Change
from pages.manage.files.lacking_fields import lacking_fields
from pages.manage.files.mapping_draft import COLUMN, CONSTANT, EXPRESSION, Draft, Filling
from pages.ui.controls import as_plain, chooser

LINES = {
    "Order line": ("date", "order", "line", "quantity", "unit_price"),
    "Amount": ("revenue", "cost", "unit_cost", "is_return", "currency"),
    "Customer": tuple(field.name for field in CUSTOMER_FIELDS),
    "Product": tuple(field.name for field in PRODUCT_FIELDS),
    "Channel": tuple(field.name for field in CHANNEL_FIELDS),
}
CHANGES = tuple(field.name for field in CHANGE_FIELDS)
COLUMNS = 4
OWNERS = {
    "line": "the order line",
    "customer": "the customer",
    "product": "the product",
    "channel": "the channel",
}
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
DELIMITERS = {"": "found by itself"} | {
    sign: f"{name}  {sign}".strip() for sign, name in DELIMITER_NAMES.items()
}
ENCODINGS = {"": "found by itself", "utf-8": "UTF-8", "cp1252": "Western (cp1252)", "cp1251": "Cyrillic (cp1251)",
             "utf-16": "UTF-16"}  # fmt: skip
DECIMAL_NAMES = {".": "point", ",": "comma"}
DECIMALS = {"": "found by itself", ".": "point  1,234.50", ",": "comma  1.234,50"}
LONGEST = 60
REPEATS = {"keep": "real lines: keep them", "drop": "mistakes: drop them"}
RETURNS = {"signed": "already negative", "positive": "positive: turn their sign"}


def groups(part: Part) -> dict[str, tuple[str, ...]]:
    """The fields of a part by heading; those of changes only where one of them is filled."""
    names = tuple(field.name for field in part.kind.fields if field.name not in CHANGES)
    changes = {"Changes": CHANGES} if set(CHANGES) & set(part.filled) else {}
    if part.kind.is_lines:
        return LINES | changes
    if part.kind.table is not None:
        first = len(names) - len(names) // 2
        return {part.kind.label: names[:first], "What describes them": names[first:]} | changes
    refers = tuple(table.name for table in part.kind.dimensions)
    own = tuple(name for name in names if name not in refers and name not in ("date", "number"))
    found = {part.kind.label: ("date", "number"), "Who and what": refers}
    found |= {"What it tells" if not at else "": own[at : at + 6] for at in range(0, len(own), 6)}
    return found | changes


def fields_form(draft: Draft, change: Change) -> None:
    """All fields of the part that is looked at in groups, and what the source is called."""
    found = groups(draft.part)
    places = st.columns(max(len(found), COLUMNS), gap="small")
    for place, (title, names) in zip(places, found.items(), strict=False):
        with place, st.container(gap="xsmall"):
            st.html(f'<p class="data-group">{title or "&nbsp;"}</p>')
            for name in names:
                _field(draft, name, change)
    with places[len(found) - 1] if len(found) >= COLUMNS else places[-1], st.container(gap="xsmall"):
        st.html('<p class="data-group">Source</p>')
        _source(draft, change)


def _field(draft: Draft, name: str, change: Change) -> None:
    key, now = f"field-{draft.part.subject}-{name}", draft.filling(name)
    shown = now if now.kind == COLUMN else Filling(now.kind)
    st.session_state[key] = shown

    def chose() -> None:
        chosen = st.session_state[key]
        change(lambda each: each.fill(name, _filled(each, name, chosen)))

    st.selectbox(
        f"{draft.part.kind.field(name).label}{_must(draft, name)}",
        draft.choices(name),
        key=key,
        format_func=lambda each: _said(draft, each),
        on_change=chose,
    )
    if now.kind in (EXPRESSION, CONSTANT):
        _text(draft, name, now, change)


def _filled(draft: Draft, name: str, chosen: Filling) -> Filling:
    return (
        chosen if chosen.kind in ("", COLUMN) else Filling(chosen.kind, draft.first_text(name, chosen.kind))
    )


def _text(draft: Draft, name: str, now: Filling, change: Change) -> None:
    formula = now.kind == EXPRESSION
    written(
        f"{'Formula' if formula else 'Value'} of {draft.part.kind.field(name).label.lower()}",
        f"text-{draft.part.subject}-{name}",
        now.text,
        lambda text: change(lambda each: each.fill(name, Filling(now.kind, text))),
        placeholder="quantity * unit_price" if formula else "the same in every row",
        hide=True,
    )


def _said(draft: Draft, filling: Filling) -> str:
    if filling.kind == COLUMN:
        if filling.text not in draft.columns:
            return f"{filling.text} (not in this file)"
        sample = draft.samples.get(filling.text, "")
        return f"{filling.text}  ·  {sample}" if sample else filling.text
    return {EXPRESSION: "ƒ  a formula", CONSTANT: "=  the same in every row"}.get(filling.kind, "–")


def _must(draft: Draft, name: str) -> str:
    """What is required says so while it is missing."""
    return " :red[— required]" if name in lacking_fields(draft.part) else ""


def _source(draft: Draft, change: Change) -> None:
    mapping = draft.mapping

    def called(**names: str | None) -> None:
        change(lambda each: replace(each, mapping=replace(each.mapping, **names)))  # type: ignore[arg-type]

    def source(text: str) -> None:
        if text.strip():
            called(source=text.strip()[:LONGEST])

    def firm(text: str) -> None:
        called(firm=text.strip()[:LONGEST] or None)

    def currency(text: str) -> None:
        called(currency=text.strip().upper()[:3] or None)

    written("Name of the source", "source-name", mapping.source, source)
    written("Firm", "source-firm", mapping.firm or "", firm, "as the Overview calls it")
    written("Currency", "source-currency", mapping.currency or "", currency, "EUR, USD, GBP …")


def attributes_form(draft: Draft, change: Change) -> None:
    """Columns beyond the fields: which to keep, and what each tells of."""
    offered = draft.attribute_choices()
    if not offered:
        return
    key, kept = f"attributes-{draft.part.subject}", [each.name for each in draft.part.attributes]
    st.session_state[key] = kept
    st.pills(
        "Keep these columns too, to drill by",
        list(offered),
        key=key,
        selection_mode="multi",
        format_func=lambda name: as_plain(offered[name].label),
        on_change=lambda: _kept(change, st.session_state[key]),
    )
    if not draft.part.kind.is_lines:
        return
    with st.container(horizontal=True, gap="small", key="attribute-owners"):
        for attribute in draft.part.attributes:
            with st.container(width=240):
                chooser(
                    f"What {as_plain(attribute.label)} tells of",
                    f"owner-{attribute.name}",
                    [table.name for table in draft.part.kind.describes],
                    attribute.of,
                    partial(_owned, attribute.label),
                    partial(_assigned, change, attribute.name),
                )


def _owned(label: str, dimension: str) -> str:
    return f"{label}: of {OWNERS[dimension]}"


def _kept(change: Change, names: Sequence[str]) -> None:
    change(lambda each: each.keep(names))


def _assigned(change: Change, name: str, dimension: str) -> None:
    change(lambda each: each.assign(name, dimension))


def reading_form(draft: Draft, change: Change) -> None:
    """How the file is read, and what repeats and returns mean in it."""
    part, options = draft.part, draft.part.options

    def read(name: str) -> Callable[[Any], object]:
        return lambda value: change(lambda each: each.read_as(replace(each.part.options, **{name: value})))

    def meant(name: str) -> Callable[[Any], object]:
        return lambda value: change(lambda each: each.with_part(replace(each.part, **{name: value})))

    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        labelled("Values are parted by", "delimiter", DELIMITERS, options.delimiter, read("delimiter"))
        labelled("Letters are written in", "encoding", ENCODINGS, options.encoding, read("encoding"))
    with second:
        written("Lines above the header", "skip", str(options.skip), lambda text: read("skip")(_whole(text)))
        sheet = _or_none(read("sheet"))
        written("Sheet of the workbook", "sheet", options.sheet or "", sheet, "the first that is not empty")
    with third:
        labelled("Decimals", "decimal", DECIMALS, part.decimal, meant("decimal"))
        days = _or_none(meant("date_format"))
        written("Dates are written as", "date-format", part.date_format or "", days, "dd/mm/yyyy, say")
    with fourth:
        labelled("Rows that repeat exactly are", "repeats", REPEATS, part.repeats, meant("repeats"))
        if part.kind.is_lines:
            labelled("Amounts of returns are", "returns", RETURNS, part.returns, meant("returns"))
    nothing, null = ", ".join(part.null), meant("null")
    written("Words that mean nothing is there", "null", nothing, lambda text: null(_words(text)), "NULL, n/a")


def _or_none(go: Callable[[Any], object]) -> Callable[[str], object]:
    return lambda text: go(text.strip() or None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def reading_in_words(part: Part) -> str:
    """What was said of the reading, for the closed form's heading."""
    options = part.options
    said = [
        f"parted by {DELIMITER_NAMES.get(options.delimiter, options.delimiter)}" if options.delimiter else "",
        f"{options.skip} lines above the header" if options.skip else "",
        f"sheet {options.sheet}" if options.sheet else "",
        f"dates {part.date_format}" if part.date_format else "",
        f"decimal {DECIMAL_NAMES[part.decimal]}" if part.decimal else "",
        "repeats dropped" if part.repeats == "drop" else "",
        "returns turned" if part.returns == "positive" else "",
    ]
    return ", ".join(filter(None, said)) or "all found by itself"


def labelled(
    label: str, key: str, names: dict[str, str], value: str | None, go: Callable[[str | None], object]
) -> None:
    """A select box with its label above; "" among the names stands for None."""
    st.session_state[key] = value or ""

    def chose() -> None:
        go(st.session_state[key] or None)

    st.selectbox(
        label,
        list(names) if (value or "") in names else [*names, value],
        key=key,
        format_func=lambda each: names.get(each, str(each)),
        on_change=chose,
    )


def written(
    label: str, key: str, value: str, go: Callable[[str], object], placeholder: str = "", hide: bool = False
) -> None:
    """A line of text that shows `value` and hands over what was written instead."""
    st.session_state[key] = value

    def wrote() -> None:
        go(st.session_state[key])

    st.text_input(
        label,
        key=key,
        on_change=wrote,
        placeholder=placeholder,
        label_visibility="collapsed" if hide else "visible",
    )


def _whole(text: str) -> int:
    plain = text.strip()
    return min(int(plain), 10_000) if plain.isascii() and plain.isdecimal() and len(plain) < 8 else 0
