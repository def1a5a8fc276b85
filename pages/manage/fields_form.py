"""The mapping as people mend it: each field a select box with the columns there are, beside a value of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from data.load.fields import LINE_FIELDS
from data.load.mapping import Part
from data.schema import OF_SALE
from pages.manage.draft import COLUMN, CONSTANT, EXPRESSION, Draft, Filling
from pages.ui.controls import as_plain, chooser

Go = Callable[[Draft], None]
LABELS = {field.name: field.label for field in LINE_FIELDS}
GROUPS = {
    "Order line": ("date", "order", "quantity", "unit_price"),
    "Amount": ("revenue", "cost", "unit_cost", "is_return", "currency"),
    "Customer": ("customer", "customer_name", "customer_kind", "country", "region", "city"),
    "Product": ("product", "product_name", "department", "category", "subcategory"),
    "Channel": ("channel", "channel_name", "channel_type"),
}
OWNERS = {
    "line": "the order line",
    "customer": "the customer",
    "product": "the product",
    "channel": "the channel",
}
DELIMITERS = {"": "found by itself", ",": "comma  ,", ";": "semicolon  ;", "\t": "tab", "|": "bar  |"}
ENCODINGS = {"": "found by itself", "utf-8": "UTF-8", "cp1252": "Western (cp1252)", "cp1251": "Cyrillic (cp1251)",
             "utf-16": "UTF-16"}  # fmt: skip
DECIMALS = {"": "found by itself", ".": "point  1,234.50", ",": "comma  1.234,50"}
LONGEST = 60
REPEATS = {"keep": "real lines: keep them", "drop": "mistakes: drop them"}
RETURNS = {"signed": "already negative", "positive": "positive: turn their sign"}


def fields_form(draft: Draft, go: Go) -> None:
    """All fields in groups, and what the source is called."""
    for place, (title, names) in zip(st.columns(len(GROUPS), gap="small"), GROUPS.items(), strict=True):
        with place, st.container(gap="xsmall"):
            st.html(f'<p class="data-group">{title}</p>')
            for name in names:
                _field(draft, name, go)
            if title == "Channel":
                st.html('<p class="data-group">Source</p>')
                _source(draft, go)


def _field(draft: Draft, name: str, go: Go) -> None:
    key, now = f"field-{name}", draft.filling(name)
    shown = now if now.kind == COLUMN else Filling(now.kind)
    st.session_state[key] = shown

    def chose() -> None:
        kind = st.session_state[key].kind
        go(
            draft.fill(
                name,
                st.session_state[key]
                if kind in ("", COLUMN)
                else Filling(kind, draft.first_text(name, kind)),
            )
        )

    st.selectbox(
        f"{LABELS[name]}{_must(draft, name)}",
        draft.choices(name),
        key=key,
        format_func=lambda each: _said(draft, each),
        on_change=chose,
    )
    if now.kind in (EXPRESSION, CONSTANT):
        _text(draft, name, now, go)


def _text(draft: Draft, name: str, now: Filling, go: Go) -> None:
    formula = now.kind == EXPRESSION
    written(
        f"{'Formula' if formula else 'Value'} of {LABELS[name].lower()}",
        f"text-{name}",
        now.text,
        lambda text: go(draft.fill(name, Filling(now.kind, text))),
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
    filled = set(draft.part.filled)
    amount = "revenue" in filled or {"quantity", "unit_price"} <= filled
    if (name == "date" and "date" not in filled) or (name == "revenue" and not amount):
        return " :red[— required]"
    return ""


def _source(draft: Draft, go: Go) -> None:
    mapping = draft.mapping

    def called(**names: str | None) -> None:
        go(replace(draft, mapping=replace(mapping, **names)))  # type: ignore[arg-type]

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


def attributes_form(draft: Draft, go: Go) -> None:
    """Columns beyond the fields: which to keep, and what each tells of."""
    offered = draft.attribute_choices()
    if not offered:
        return
    key, kept = "attributes", [each.name for each in draft.part.attributes]
    st.session_state[key] = kept
    st.pills(
        "Keep these columns too, to drill by",
        list(offered),
        key=key,
        selection_mode="multi",
        format_func=lambda name: as_plain(offered[name].label),
        on_change=lambda: go(draft.keep(st.session_state[key])),
    )
    with st.container(horizontal=True, gap="small", key="attribute-owners"):
        for attribute in draft.part.attributes:
            with st.container(width=240):
                chooser(
                    f"What {as_plain(attribute.label)} tells of",
                    f"owner-{attribute.name}",
                    [table.name for table in OF_SALE],
                    attribute.of,
                    partial(_owned, attribute.label),
                    partial(_assigned, draft, go, attribute.name),
                )


def _owned(label: str, dimension: str) -> str:
    return f"{label}: of {OWNERS[dimension]}"


def _assigned(draft: Draft, go: Go, name: str, dimension: str) -> None:
    go(draft.assign(name, dimension))


def reading_form(draft: Draft, go: Go) -> None:
    """How the file is read, and what repeats and returns mean in it."""
    part, options = draft.part, draft.part.options

    def read(name: str) -> Callable[[Any], None]:
        return lambda value: go(draft.read_as(replace(options, **{name: value})))

    def meant(name: str) -> Callable[[Any], None]:
        return lambda value: go(draft.with_part(replace(part, **{name: value})))

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
        labelled("Amounts of returns are", "returns", RETURNS, part.returns, meant("returns"))
    nothing, null = ", ".join(part.null), meant("null")
    written("Words that mean nothing is there", "null", nothing, lambda text: null(_words(text)), "NULL, n/a")


def _or_none(go: Callable[[Any], None]) -> Callable[[str], None]:
    return lambda text: go(text.strip() or None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def reading_in_words(part: Part) -> str:
    """What was said of the reading, for the closed form's heading."""
    options = part.options
    said = [
        f"parted by {DELIMITERS.get(options.delimiter, options.delimiter).split('  ')[0]}"
        if options.delimiter
        else "",
        f"{options.skip} lines above the header" if options.skip else "",
        f"sheet {options.sheet}" if options.sheet else "",
        f"dates {part.date_format}" if part.date_format else "",
        f"decimal {DECIMALS[part.decimal].split('  ')[0]}" if part.decimal else "",
        "repeats dropped" if part.repeats == "drop" else "",
        "returns turned" if part.returns == "positive" else "",
    ]
    return ", ".join(filter(None, said)) or "all found by itself"


def labelled(
    label: str, key: str, names: dict[str, str], value: str | None, go: Callable[[str | None], None]
) -> None:
    """A select box with its label above; "" among the names stands for None."""
    st.session_state[key] = value or ""
    st.selectbox(
        label,
        list(names) if (value or "") in names else [*names, value],
        key=key,
        format_func=lambda each: names.get(each, str(each)),
        on_change=lambda: go(st.session_state[key] or None),
    )


def written(
    label: str, key: str, value: str, go: Callable[[str], None], placeholder: str = "", hide: bool = False
) -> None:
    """A line of text that shows `value` and hands over what was written instead."""
    st.session_state[key] = value
    st.text_input(
        label,
        key=key,
        on_change=lambda: go(st.session_state[key]),
        placeholder=placeholder,
        label_visibility="collapsed" if hide else "visible",
    )


def _whole(text: str) -> int:
    plain = text.strip()
    return min(int(plain), 10_000) if plain.isascii() and plain.isdecimal() and len(plain) < 8 else 0
