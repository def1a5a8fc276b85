"""Findings on a board: small, at the settings of their page, and their numbers those of the lines; never in the way."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.errors import BadRequest
from data.operational import boards, member_sets
from data.operational.boards import FINDING, SHARED
from data.operational.operational_store import OperationalStore, ready
from data.operational.statement_erasure import ERASED
from data.store.warehouse import Segmentation, remove_attribute, save_attribute
from pages.discover.rules_tile import rules_title, top_rules
from pages.discover.segments_tile import found_sizes, saved_sizes
from pages.overview.finding_tiles import read_finding, title_of
from pages.ui import session
from tests.pages.test_board_tiles import open_board, shown
from tests.tiny import Line, tiny_warehouse

ROOT = Path(__file__).parents[2]
PEOPLE = 60
PRODUCTS = ("Cup", "Saucer", "Lamp", "Rug")


def lines() -> list[Line]:
    """Orders of one to three products; who buys a cup mostly takes a saucer."""
    chance, found = Random(5), []
    for at in range(300):
        who, day = chance.randrange(PEOPLE), date(2011, 1, 1) + timedelta(days=chance.randrange(300))
        wanted = {chance.choice(PRODUCTS), chance.choice(PRODUCTS)}
        wanted |= {"Saucer"} if "Cup" in wanted and chance.random() < 0.8 else set()
        found += [
            Line(day=day, order=f"o{at}", customer=f"c{who}", product=each, revenue=f"{chance.randrange(1, 90)}.00",
                 country="Italy" if who % 3 else "France")
            for each in sorted(wanted)
        ]  # fmt: skip
    return found


LINES = lines()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationalStore:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    session.renewed()
    return ready(path)


def spent() -> Counter[str]:
    found: Counter[str] = Counter()
    for line in LINES:
        found[line.customer] += int(float(line.revenue))
    return found


def test_segments_come_to_all_customers_and_all_that_they_spent(store: OperationalStore) -> None:
    sizes = found_sizes({"method": ["kmeans"], "k": ["3"]}).frame
    assert sizes.height == 3
    assert sizes["customers"].sum() == len(spent())
    assert float(sizes["revenue"].sum()) == sum(spent().values())
    assert sizes["share_revenue"].sum() == pytest.approx(1)
    one = sizes.row(0, named=True)
    assert one["share_customers"] == pytest.approx(one["customers"] / len(spent()))
    assert one["share_revenue"] == pytest.approx(float(one["revenue"]) / sum(spent().values()))
    italy = {line.customer for line in LINES if line.country == "Italy"}
    assert found_sizes({"where": ["country=Italy"]}).frame["customers"].sum() == len(italy)
    for wrong in ({"where": ["country=Atlantis"]}, {"where": ["customer=c1"]}, {"method": ["guess"]}):
        with pytest.raises(BadRequest):
            found_sizes(wrong)


def test_saved_segments_are_as_many_as_were_saved_and_gone_when_removed(store: OperationalStore) -> None:
    values = {who: ("Great" if total > 250 else "Small") for who, total in spent().items()}
    told = Segmentation(date(2011, 12, 31), "by hand", "of all customers", "{}")
    path = session.warehouse().path
    save_attribute(path, "customer", "segment", "Segment", values, told)
    session.renewed()
    frame = saved_sizes({"attribute": ["segment"]}).frame
    brought: Counter[str] = Counter()
    for who, total in spent().items():
        brought[values[who]] += total
    assert dict(frame.select("segment", "customers").iter_rows()) == Counter(values.values())
    assert {name: float(each) for name, each in frame.select("segment", "revenue").iter_rows()} == brought
    shares = dict(frame.select("segment", "share_revenue").iter_rows())
    assert shares == pytest.approx({name: each / sum(brought.values()) for name, each in brought.items()})
    board = boards.create(store, "Monday", SHARED, "ann")
    boards.add_tile(store, board, "saved-segments?attribute=segment", FINDING, "ann")
    assert "Formed as of 31 Dec 2011" in shown(open_board())
    remove_attribute(path, "segment")
    assert "not saved any more" in shown(open_board())


def test_rules_are_those_of_the_baskets(store: OperationalStore) -> None:
    baskets: dict[str, set[str]] = {}
    for line in LINES:
        baskets.setdefault(line.order, set()).add(line.product)
    found = top_rules({"support": ["0.05"], "confidence": ["0.5"]})
    rule = next(each for each in found.frame.iter_rows(named=True) if each["antecedent"] == ["Cup"])
    cups = [each for each in baskets.values() if "Cup" in each]
    both = [each for each in cups if "Saucer" in each]
    assert rule["consequent"] == ["Saucer"]
    assert (rule["count_both"], rule["confidence"]) == (len(both), pytest.approx(len(both) / len(cups)))
    assert f"in {len(baskets)} baskets" in found.words
    assert found.frame.height <= 6
    assert found.frame["lift"].to_list() == sorted(found.frame["lift"], reverse=True)
    assert rules_title({"item": ["Cup"]}) == "Bought together, by product with “Cup”"
    for wrong in ({"support": ["0.9"]}, {"item": ["Piano"]}, {"level": ["shelf"]}):
        with pytest.raises(BadRequest):
            top_rules(wrong)


def test_a_finding_waits_until_somebody_asks_and_then_stands_for_all(store: OperationalStore) -> None:
    board = boards.create(store, "Monday", SHARED, "ann")
    tile = boards.add_tile(store, board, "baskets?support=0.05&confidence=0.5", FINDING, "ann")
    app = open_board()
    assert "Nobody has looked for this" in shown(app)
    app.button(key=f"draw-{tile}").click().run()
    assert not app.exception
    assert "<b>Cup</b> <i>→</i> <b>Saucer</b>" in shown(app)
    assert "<b>Cup</b> <i>→</i> <b>Saucer</b>" in shown(open_board()), "another session"


def test_a_finding_within_a_set_is_of_its_members_now_and_of_those_who_see_it(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = member_sets.save(store, "Mine", "country", ["Italy"], member_sets.PRIVATE, "ann")
    board = boards.create(store, "Monday", SHARED, "ann")
    address = f"segments?{urlencode({'where': f'country in set {id}'})}"
    tile = boards.add_tile(store, board, address, FINDING, "ann")
    app = open_board()
    app.button(key=f"draw-{tile}").click().run()
    italy = {line.customer for line in LINES if line.country == "Italy"}
    assert f"{len(italy)} customers as of" in shown(app)
    member_sets.add(store, id, ["France"], "ann")
    assert f"{len(spent())} customers as of" in shown(open_board())
    monkeypatch.setenv("CLIENTELA_USER", "bob")
    seen = shown(open_board())
    assert "tile-refused" in seen
    assert "customers as of" not in seen


def test_what_cannot_be_found_says_so_and_the_rest_lives(store: OperationalStore) -> None:
    board = boards.create(store, "Monday", SHARED, "ann")
    refused = {
        "segments?where=country%3DAtlantis": "Atlantis",
        "segments?where=customer%3Dc1": "too few to group",
        "baskets?item=Piano": "No rule passes",
        ERASED: "who was erased",
        "tarot?card=9": "no finding of",
    }
    tiles = [boards.add_tile(store, board, each, FINDING, "ann") for each in refused]
    boards.add_tile(store, board, "gone", boards.BUILT_IN, "ann")
    boards.add_tile(store, board, "by-country", boards.BUILT_IN, "ann")
    app = open_board()
    for tile in tiles[:3]:
        app.button(key=f"draw-{tile}").click().run()
    assert not app.exception
    said = shown(app)
    assert said.count("tile-refused") == 6
    assert all(
        sentence in said for sentence in (*refused.values(), "no such tile any more", "Revenue by country")
    )


def test_a_finding_is_called_by_its_settings_and_slice(store: OperationalStore) -> None:
    assert title_of(read_finding("segments?method=kmeans&k=4&where=country%3DItaly")) == (
        "Segments: k-means, 4 segments · Country: Italy"
    )
    assert title_of(read_finding("segments?where=gone%3D1")) == "A finding"


def baskets_page() -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / "discover" / "baskets_page.py"))


def test_baskets_are_put_on_a_new_board_and_are_at_hand_there(store: OperationalStore) -> None:
    app = AppTest.from_function(baskets_page, default_timeout=60)
    app.query_params["confidence"] = "0.5"
    app.session_state["baskets-board"] = True
    app.run()
    app.text_input(key="baskets-board-name").set_value("Found").run()
    app.session_state["baskets-board"] = True
    app.button(key="baskets-board-it").click().run()
    assert not app.exception
    board = boards.boards(store, "ann")[0]
    assert [(each.content, each.shown_as) for each in boards.tiles(store, board.id)] == [
        ("baskets?level=product&confidence=0.5", FINDING)
    ]
    assert "finding-told" in shown(open_board())


def test_the_first_figures_wait_for_no_miner() -> None:
    miners = {"sklearn", "scipy.sparse", "scipy.optimize"}
    code = f"import sys, pages.overview.board_tiles; print({miners} & {{*sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
