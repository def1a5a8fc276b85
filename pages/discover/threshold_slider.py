"""A slider over the steps of a threshold: of rules and of sequences alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from pages.discover.rule_thresholds import percent


def threshold_slider(
    label: str, key: str, options: list[Decimal], value: Decimal, went: Callable[[Decimal], None]
) -> None:
    """Draw the slider at `value`, which is one of the options; `went` gets what was chosen instead."""
    st.session_state[key] = next(each for each in options if each == value)
    st.select_slider(
        label, options, key=key, format_func=percent, on_change=lambda: went(st.session_state[key])
    )
