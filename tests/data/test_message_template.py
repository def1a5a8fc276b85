"""Messages: what Jinja2 tells of each customer by themselves, gaps filled, nothing of the engine within reach."""

from __future__ import annotations

import random

import polars as pl
import pytest
from jinja2 import Environment
from markupsafe import escape

from data.campaigns import message_template as templates
from data.campaigns.message_template import LONGEST_OUTPUT, LONGEST_VALUE, message_template
from data.errors import BadRequest

NAMES = ("Ann", "Żaneta <b>", "O'Neil & Co", "{{ 7 * 7 }}", "{% if x %}", "=1+1", None)
PARTS = (
    "Dear {{ name }}, ",
    "{{ name | upper }}",
    "{% if city == 'Rome' %}Ciao{% elif city in ['Paris', 'Lyon'] %}Salut {{ name }}{% else %}Hi{% endif %}",
    "{{ 'long ago' if days > 90 else 'lately' }}",
    "{{ days // 30 }} months\n",
    "{% if days is defined and not name %}x{% endif %}",
    "{{ city | default('there') | title }}{{ name ~ '/' ~ city }}",
    "{# nothing #} {% raw %}{{ name }}{% endraw %}",
)


def people(rows: int, chance: random.Random) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": [chance.choice(NAMES[:-1]) for _ in range(rows)],
            "city": [chance.choice(("Rome", "Paris", "new york")) for _ in range(rows)],
            "days": [chance.choice((3, 42, 200)) for _ in range(rows)],
        }
    )


@pytest.mark.parametrize("form", ["plain", "html"])
def test_many_customers_are_told_what_jinja_tells_each_by_themselves(form: str) -> None:
    chance, plain = random.Random(1), Environment(autoescape=form == "html", keep_trailing_newline=True)
    for _ in range(25):
        text = "".join(chance.choices(PARTS, k=4))
        found = people(12, chance)
        told = message_template(text, form).render(found, {})
        whole = plain.from_string(text)
        assert told.to_list() == [whole.render(row) for row in found.iter_rows(named=True)]


def test_a_piece_is_rendered_once_for_each_different_set_of_its_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rendered, real = [], templates._rendered

    def counted(*given: object) -> str:
        rendered.append(given)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(templates, "_rendered", counted)
    found = pl.DataFrame({"name": [f"N{at}" for at in range(500)], "city": ["Rome", "Paris"] * 250})
    told = message_template("{{ name }}{% if city == 'Rome' %}, ciao{% endif %}").render(found, {})
    assert told.to_list()[:2] == ["N0, ciao", "N1"]
    assert len(rendered) == 2


def test_what_is_not_known_gives_its_default_and_never_a_word_for_nothing() -> None:
    nothing = [None, "", "  ", "null", "None", "NaN", "(unknown)", "n/a", "undefined", "-"]
    found = pl.DataFrame(
        {"name": nothing, "days": [None] * len(nothing)}, schema_overrides={"days": pl.Int64}
    )
    text = "Dear {{ name }}, {{ name | upper }}{% if name %}!{% endif %}{{ name or 'you' }}"
    text += "{{ days > 3 }}{{ days // 30 }}"
    told = message_template(text).render(found, {"name": "friend", "days": "some"})
    assert set(told) == {"Dear friend, FRIENDyouFalsesome"}
    assert set(message_template("{{ name if name }}|{{ name | default('all') }}").render(found, {})) == {
        "|all"
    }
    escaped = message_template("{{ name }}{{ name | lower }}", "html").render(found, {"name": "A & B"})
    assert set(escaped) == {"A &amp; Ba &amp; b"}


def test_names_that_look_like_messages_or_markup_stay_what_they_are() -> None:
    name = "{{ 7 * 7 }}{% for x in y %}<script>"
    found = pl.DataFrame({"name": [name, "a\r\nBcc: b\u202e\ue000"]})
    told = message_template("Dear {{ name }}{{ name | trim }}").render(found, {})
    assert told.to_list() == [f"Dear {name}{name}", "Dear a Bcc: ba Bcc: b"]
    html = message_template("{{ name }}", "html").render(found, {})
    assert html[0] == str(escape(name))
    assert (
        len(message_template("{{ name }}").render(pl.DataFrame({"name": ["x" * 9000]}), {})[0])
        == LONGEST_VALUE
    )


PROBES = (
    "{{ name.__class__ }}", "{{ name['__class__'] }}", "{{ name | attr('__class__') }}", "{{ ''.join }}",
    "{{ name.upper() }}", "{{ self }}{{ self.x }}", "{{ range(9) }}", "{{ lipsum() }}", "{{ cycler }}{{ cycler() }}",
    "{% for x in name %}x{% endfor %}", "{% set x = 1 %}", "{% macro m() %}{% endmacro %}", "{% include 'x' %}",
    "{% import 'os' as os %}", "{% extends 'x' %}", "{% block b %}{% endblock %}", "{% with x = 1 %}{% endwith %}",
    "{% call m() %}{% endcall %}", "{% filter upper %}x{% endfilter %}", "{{ name | format(1) }}",
    "{{ name | map('x') }}",
    "{{ name | safe }}", "{{ name | replace('a', 'aa') }}", "{{ name | center(99999999) }}", "{{ 9 ** 9 }}",
    "{{ 'a' * 99999999 }}", "{{ '%99999999d' % 1 }}", "{{ 1 // 0 }}", "{{ 1 // days }}", "{{ {'a': 1} }}",
    "{{ name[0] }}",
    "{{ name | upper(*days) }}", "{{ name is callable }}", "{% do x %}", "{% trans %}x{% endtrans %}",
)  # fmt: skip


@pytest.mark.parametrize("text", PROBES)
def test_what_reaches_beyond_fields_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        message_template(text)
    assert refused.value.remedy
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["{{", "{% if name %}", "{{ name ? }}", "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "{{ " + "9" * 5000 + " }}",
     "{% if a %}" * 40 + "{% endif %}" * 40, "x" * 10_001, "{{ 1 + 'a' }}", "{{ 'a' | truncate(1) }}",
     "{{ 'a' | upper(1, 2) }}", "{% if 1 in 2 %}a{% endif %}", "Dear {{ none }}"],
)  # fmt: skip
def test_what_is_no_message_or_too_much_of_one_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        message_template(text)


def test_a_message_that_grows_too_long_is_refused() -> None:
    found = pl.DataFrame({"name": ["x" * LONGEST_VALUE]})
    text = "{{ name }}" * (LONGEST_OUTPUT // LONGEST_VALUE + 1)
    with pytest.raises(BadRequest, match="more than 50,000 letters"):
        message_template(text).render(found, {})


def test_fields_that_leave_a_gap_are_told_from_those_that_are_asked_for() -> None:
    text = "{{ a }}{% if b %}{{ b }}{{ c }}{% else %}{{ b | upper }}{% endif %}"
    text += "{{ d or e }}{{ f | default(g) }}{{ h if h }}"
    told = message_template(text)
    assert told.fields == tuple("abcdefgh")
    assert told.bare == ("a", "c", "b", "e", "g")
    assert message_template(
        "{% if a and b == 'x' %}{{ a }}{{ b }}{% endif %}{% if not a %}{{ a }}{% endif %}"
    ).bare == ("a",)
