"""Ten shuffles: what the same settings find where nothing goes together; in a thread, with progress, to be stopped."""

from __future__ import annotations

import threading
from html import escape
from statistics import mean

import streamlit as st

from data.errors import BadRequest, ClientelaError
from data.model.said import said
from mining.patterns.association_rules import Rules
from mining.patterns.basket_matrix import Baskets
from mining.patterns.shuffled_baskets import SHUFFLES, ShuffledCounts, shuffled_counts
from pages.discover.baskets_view import Association, Picture
from pages.ui import session
from pages.ui.style.formats import count_text, number_text
from pages.ui.style.told_sentences import in_language

SHUFFLING = "baskets-shuffling"
POLL_SECONDS = 0.5
HELP = (
    "Puts each item into other baskets at random, ten times, and looks for rules there at the same settings."
)


class ShuffleJob:
    """The shuffles of one question, carried out beside the page; `found` grows by a copy at a time."""

    def __init__(self, question: str, baskets: Baskets, rules: Rules) -> None:
        self.question = question
        self.found = ShuffledCounts()
        self.problem: ClientelaError | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(baskets, rules), name="shuffles", daemon=True)
        self._thread.start()

    def under_way(self) -> bool:
        return self._thread.is_alive() and not self._stopped.is_set()

    def stop(self) -> None:
        """No further copy is begun."""
        self._stopped.set()

    def wait(self) -> None:
        self._thread.join()

    def _run(self, baskets: Baskets, rules: Rules) -> None:
        try:
            for self.found in shuffled_counts(baskets, rules.demands, rules.max_len):
                if self._stopped.is_set():
                    return
        except BadRequest as error:
            self.problem = error


def shuffle_button(view: Association, baskets: Baskets, rules: Rules) -> None:
    """Begin the shuffles of these settings; while they go on, how far they are, and a way to stop them."""
    question, job = _question(view, rules), _job(view, rules)

    def begin() -> None:
        st.session_state[SHUFFLING] = ShuffleJob(question, baskets, rules)

    if job is not None and job.under_way():
        _progress(job)
        st.button("Stop", key="shuffle-stop", type="tertiary", icon=":material/close:", on_click=job.stop)
        return
    st.button("Try ten shuffles", key="shuffle", type="tertiary", icon=":material/shuffle:", help=HELP,
              on_click=begin)  # fmt: skip


def shuffle_words(view: Association, rules: Rules) -> None:
    """What came of the shuffles of these settings, if they were tried."""
    job = _job(view, rules)
    if job is not None and not job.under_way():
        look, words = verdict(job, rules)
        st.html(
            f'<p class="clientela-verdict {look}" role="status" data-testid="shuffled">'
            f"{escape(in_language(words))}</p>"
        )


def _job(view: Association, rules: Rules) -> ShuffleJob | None:
    """The shuffles that this session began, if they are of these settings; those of others are stopped."""
    job: ShuffleJob | None = st.session_state.get(SHUFFLING)
    if job is None or job.question == _question(view, rules):
        return job
    job.stop()
    return None


@st.fragment(run_every=POLL_SECONDS)
def _progress(job: ShuffleJob) -> None:
    if not job.under_way():
        st.rerun()
    done = len(job.found.copies)
    st.progress(done / SHUFFLES, text=f"Shuffle {min(done + 1, SHUFFLES)} of {SHUFFLES}", width=280)


def verdict(job: ShuffleJob, rules: Rules) -> tuple[str, str]:
    """How what came of it looks, and what it says."""
    counts = job.found.rules
    if job.problem is not None:
        return "bad", said("{} {}", job.problem.problem, job.problem.remedy)
    if not counts:
        return "", "Stopped before the first shuffle was done."
    copies = count_text(len(counts), "shuffled copy", "shuffled copies")
    tests = number_text(round(mean(each.candidates for each in job.found.copies)))
    of = f"{tests} rules above the support on average"
    if not max(counts):
        return "good", f"On {copies} of the baskets these settings find no rule (of {of})."
    span = f"{number_text(min(counts))} to {number_text(max(counts))}"
    return "bad" if rules.family is None else "", (
        f"On {copies} of the baskets, in which nothing goes together, these settings find {span} rules, "
        f"{number_text(mean(counts), 1)} on average (of {of}): so many of the {number_text(rules.counts.productive)} "
        "may be chance."
    )


def _question(view: Association, rules: Rules) -> str:
    """Which settings were tried, whatever is looked for among the rules, opened or drawn."""
    asked = view.about("").drawn(Picture.NETWORK).at(versus=(), by_margin=False).to_parameters()
    return f"{session.warehouse().version} {asked} {rules.min_support}"
