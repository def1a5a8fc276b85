"""Figures: pure functions from a polars frame and a palette to a Plotly figure.

Frames have `id` and `label`, a `value`, and where it helps `previous` (the value compared with) and `text`
(the value as the table prints it; else `unit` and `currency` say how). Every mark carries its id first in
`customdata` (row and column, or series and period, joined by BETWEEN_IDS), so that a click says what was
clicked; labels are data and never markup. Others, whose id is OTHERS, is hatched and sets no scale of lengths, areas or
colours. Where one measure is not enough, a `Quantity` names each with its unit.
"""

from pages.ui.figures.age_curves import age_curves
from pages.ui.figures.bar_chart import bars
from pages.ui.figures.break_even import break_even
from pages.ui.figures.bubble_chart import scatter
from pages.ui.figures.chance_by_cost import chance_by_cost
from pages.ui.figures.delivery_volumes import volumes
from pages.ui.figures.described_figure import described
from pages.ui.figures.dot_intervals import dot_intervals
from pages.ui.figures.expected_course import expected_course
from pages.ui.figures.figure_layout import BETWEEN_IDS, OTHERS, config, layout, plain
from pages.ui.figures.flow_diagram import flow_diagram
from pages.ui.figures.heatmap import heatmap, segment_profile
from pages.ui.figures.histogram import distribution_words, histogram
from pages.ui.figures.interval_bars import interval_bars
from pages.ui.figures.line_chart import line
from pages.ui.figures.measure_bars import measure_bars
from pages.ui.figures.pareto import pareto, pareto_words
from pages.ui.figures.path_bands import path_bands
from pages.ui.figures.price_curves import price_curves
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rank_courses import rank_courses
from pages.ui.figures.rule_figures import rules_matrix, rules_network
from pages.ui.figures.share_curves import share_curves
from pages.ui.figures.small_multiples import small_multiples
from pages.ui.figures.stacked_bars import stacked
from pages.ui.figures.told_and_came import told_and_came
from pages.ui.figures.treemap import treemap
from pages.ui.figures.waterfall import changes, waterfall
from pages.ui.style.theme import SERIES

__all__ = [
    "BETWEEN_IDS",
    "OTHERS",
    "SERIES",
    "Quantity",
    "age_curves",
    "bars",
    "break_even",
    "chance_by_cost",
    "changes",
    "config",
    "described",
    "distribution_words",
    "dot_intervals",
    "expected_course",
    "flow_diagram",
    "heatmap",
    "histogram",
    "interval_bars",
    "layout",
    "line",
    "measure_bars",
    "pareto",
    "pareto_words",
    "path_bands",
    "plain",
    "price_curves",
    "rank_courses",
    "rules_matrix",
    "rules_network",
    "scatter",
    "segment_profile",
    "share_curves",
    "small_multiples",
    "stacked",
    "told_and_came",
    "treemap",
    "volumes",
    "waterfall",
]
