"""What may be derived from a measure: how questions write each form, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

from cubes.query import DERIVATIONS, Derivation, DerivationForm
from pages.explore import shown_as
from pages.ui.period_choices import BASELINES

SENTENCES = {
    DerivationForm.GROWTH: "The change since the {} by what it was then; from zero it is not known.",
    DerivationForm.CONTRIBUTION: "The change since the {} by the total of then: its part of the total's growth.",
    DerivationForm.RUNNING_TOTAL: "Everything up to here, from period to period; of sums and counts alone.",
}


def derivations() -> Iterator[tuple[str, str, str]]:
    """Of each derivation what it is called, how questions write it after a measure, and a sentence."""
    for each in DERIVATIONS:
        name, ending = shown_as.name(each), f":{each}"
        if each.form is DerivationForm.MOVING_AVERAGE:
            ending = f":{each.form}_2 … _60"
        yield name, ending, explained(each)


def explained(derivation: Derivation) -> str:
    """The sentence that says what a derivation is."""
    baseline = BASELINES[derivation.against] if derivation.against else ""
    return SENTENCES.get(derivation.form, shown_as.explained(derivation)).format(baseline)
