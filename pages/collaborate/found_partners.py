"""Partners found: rows of the cubes handed to the miners of figures and ranks, results remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import streamlit as st

from cubes.analysis.partner_rows import PartnerRows, partner_rows, partner_sales
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse
from mining.partners.partner_course import partner_course
from mining.partners.partner_figures import PartnerFigure, partner_figures
from mining.partners.partner_scorecard import PartnerScorecard, partner_scorecard
from mining.partners.partner_worth import partner_worth
from pages.collaborate.partners_view import PartnersView, parse_partners
from pages.ui import session


@dataclass(frozen=True, slots=True, eq=False)
class FoundPartners:
    """The rows of a slice, the figures that follow, and the scorecard by the criteria of a view."""

    rows: PartnerRows
    scorecard: PartnerScorecard


def scorecard(warehouse: Warehouse, parameters: Mapping[str, list[str]]) -> PartnerScorecard:
    """The scorecard that the page's address says, as it is now: what a decision stands on. Raises BadRequest where the
    address cannot be read or nothing is known, NotAllowed where a policy shows no single customers."""
    view = parse_partners(parameters)
    rows = partner_rows(warehouse, Query(cuts=view.cuts))
    return partner_scorecard(rows, view.criteria, view.method, rank_unknown=view.unknown)


def found_partners(view: PartnersView) -> FoundPartners:
    """Raises BadRequest for weights that weigh nothing, and where nothing is known."""
    rows, figures = _figures(session.warehouse().version, session.sets_read(view.cuts))
    found = partner_scorecard(rows, view.criteria, view.method, figures, rank_unknown=view.unknown)
    return FoundPartners(rows, found)


def found_course(view: PartnersView, partner: int) -> pl.DataFrame:
    """The figures of a partner month by month, beside those of all."""
    return _course(session.warehouse().version, session.sets_read(view.cuts), partner)


def found_worth(view: PartnersView, partner: int) -> pl.DataFrame:
    """What a partner brought since it was first known, whatever the period."""
    return _worth(session.warehouse().version, session.sets_read(view.cuts), partner)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Cut: repr})
def _figures(version: str, cuts: tuple[Cut, ...]) -> tuple[PartnerRows, dict[str, PartnerFigure]]:
    rows = partner_rows(session.warehouse(), Query(cuts=cuts))
    return rows, partner_figures(rows)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _course(version: str, cuts: tuple[Cut, ...], partner: int) -> pl.DataFrame:
    rows, _ = _figures(version, cuts)
    return partner_course(rows, partner)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _worth(version: str, cuts: tuple[Cut, ...], partner: int) -> pl.DataFrame:
    return partner_worth(partner_sales(session.warehouse(), Query(cuts=cuts)), partner)
