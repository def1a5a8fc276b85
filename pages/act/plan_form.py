"""The form of a plan: each change is kept at once; what cannot be kept stays typed, with the reason beneath it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from data import environment
from data.errors import BadRequest, ChangedMeanwhile, ClientelaError
from data.operational import operational_store, planned_campaigns
from data.operational.planned_campaigns import PlannedCampaign
from pages.act.plan_fields import value_of, with_values
from pages.explore.written_deeds import Standing, as_seen, own_statements
from pages.ui.changed_meanwhile import OvertakenWrite, changed_meanwhile

TYPED = "plan-typed"


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """What was typed into a field and is not kept, and why."""

    value: Any
    why: str
    meanwhile: ChangedMeanwhile | None = None


@dataclass(frozen=True, slots=True)
class PlanForm:
    """The widgets of a campaign: they change it while it is a draft, and show it from then on."""

    campaign: PlannedCampaign

    @property
    def is_open(self) -> bool:
        return self.campaign.state == planned_campaigns.DRAFT

    @property
    def refused(self) -> dict[str, RefusedValue]:
        """By field; of this campaign alone."""
        every: dict[str, dict[str, RefusedValue]] = st.session_state.setdefault(TYPED, {})
        return every.setdefault(self.campaign.id, {})

    def shown(self, name: str) -> Any:
        """What the widget of a field shows: what was typed last, else what is kept."""
        refused = self.refused.get(name)
        return refused.value if refused else value_of(self.campaign, name)

    def widget(
        self,
        name: str,
        draw: Callable[..., Any],
        label: str,
        *,
        of: str = "",
        show: Callable[[Any], Any] = lambda value: value,
        **settings: Any,
    ) -> None:
        """Draw the widget of a field: `draw` is Streamlit's, `of` tells two widgets of one field apart, and `show` is
        what this one makes of the value."""
        key = f"plan-{of or name}"
        st.session_state[key] = show(self.shown(name))

        def changed() -> None:
            self.change(name, st.session_state[key])

        draw(label, key=key, on_change=changed, disabled=not self.is_open, **settings)

    def choice(self, name: str, label: str, options: Mapping[Any, str], **settings: Any) -> None:
        """A select box of options, each with what people call it; what is kept is always among them."""
        now = self.shown(name)
        own = {} if now in options else {now: str(now)}
        self._listed(st.selectbox, name, label, {**options, **own}, settings)

    def several(self, name: str, label: str, options: Mapping[str, str], **settings: Any) -> None:
        """A list to choose several options from; what is kept is always among them."""
        own = {each: each for each in self.shown(name)}
        self._listed(st.multiselect, name, label, {**own, **options}, settings)

    def _listed(
        self,
        draw: Callable[..., Any],
        name: str,
        label: str,
        offered: Mapping[Any, str],
        settings: Mapping[str, Any],
    ) -> None:
        def called(each: Any) -> str:
            return offered.get(each, str(each))

        self.widget(name, draw, label, options=list(offered), format_func=called, **settings)

    def trouble(self, *names: str) -> None:
        """Why what was typed into these fields is not kept."""
        for name in names:
            if name in self.refused and self.refused[name].meanwhile:
                self._choose(name, self.refused[name])
            elif name in self.refused:
                why = escape(f"{self.refused[name].why} What was kept before holds.")
                st.html(
                    f'<p class="clientela-verdict bad" role="status" data-testid="plan-trouble">{why}</p>'
                )

    def _choose(self, name: str, refused: RefusedValue) -> None:
        """Another changed the same field: both are shown."""
        if refused.meanwhile:
            again = partial(self.change, name, refused.value)
            write = OvertakenWrite(refused.meanwhile, again)
            changed_meanwhile(f"plan-{name}", write, lambda: self.refused.pop(name, None))

    def change(self, name: str, value: Any, standing: Standing = None) -> None:
        """Keep a field, and what was refused before as far as it can be kept now: all at once, else one by one."""
        waiting = {name: value} | {each: told.value for each, told in self.refused.items() if each != name}
        if not self._refusal(waiting, standing):
            self.refused.clear()
            return
        while kept := [each for each, told in waiting.items() if not self._refusal({each: told}, standing)]:
            for each in kept:
                del waiting[each]
                self.refused.pop(each, None)
        for each, told in waiting.items():
            if (error := self._refusal({each: told}, standing)) is not None:
                why = f"{error.problem} {error.remedy or ''}".strip()
                self.refused[each] = RefusedValue(
                    told, why, error if isinstance(error, ChangedMeanwhile) else None
                )

    def _refusal(self, values: dict[str, Any], standing: Standing) -> ClientelaError | None:
        """Keep these fields; what refused that."""
        try:
            with own_statements():
                self._keep(values, standing)
        except ClientelaError as error:
            return error
        return None

    def _keep(self, values: dict[str, Any], standing: Standing) -> None:
        """Raises BadRequest, ChangedMeanwhile, WarehouseError."""
        store, who = operational_store.ready(environment.warehouse().resolve()), environment.who()
        kept = planned_campaigns.planned_campaigns(store)
        now = next((each for each in kept if each.id == self.campaign.id), None)
        if now is None:
            raise BadRequest("That campaign was deleted meanwhile.", "Undo that, or plan another.")
        standing_on = standing or as_seen(self.campaign.said)
        planned_campaigns.save(store, with_values(now, values), who, standing_on)
