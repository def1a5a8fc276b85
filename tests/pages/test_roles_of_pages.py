"""Which pages are open to whom, and that nothing goes past: not a page addressed directly, nor a script run by itself,
nor the callback of a button that is not drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.query import Query
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policies import BUILT_IN_ALONE
from data.access.policy import OF_ONESELF, Policy
from data.access.role import BUILT_IN, PAGES, Role
from data.access.row_cut import RowCut
from data.errors import NotAllowed
from data.operational import member_sets, operational_store
from pages.explore import written_deeds
from pages.manage.people import own_limits, people_table
from pages.manage.people.cut_troubles import cut_troubles
from pages.manage.people.roles_matrix import allows, opens
from pages.manage.people.view_as_card import shows_data
from pages.manage.shared import uploaded_files
from pages.manage.shared.load_jobs import Demonstration, desk
from pages.overview import loyalty_tile, retention_tile
from pages.overview.overview_parts import house_parts
from pages.overview.part_asked import PartAsked, leading
from pages.ui import acting_person, chart_clicks, page_or_why_not, page_states, session
from pages.ui.menu import MENU, grouped
from pages.ui.open_pages import open_entries, page_in
from pages.ui.search_everything import search_sources
from pages.ui.signed_in import SignedIn
from tests.tiny import Line, write_tiny

FOLDER = Path(page_or_why_not.__file__).parents[1]


def acting(*roles: str, **limits: object) -> AbstractContextManager[None]:
    policy = BUILT_IN_ALONE.of("maria", roles=roles)
    return acting_as(Acting("maria", replace(policy, **limits), "browser"))  # type: ignore[arg-type]


def test_policies_name_the_pages_of_the_menu() -> None:
    menu = {group.lower(): {each.path for each in entries} for group, entries in grouped(MENU).items()}
    named = {group: set(paths) for group, paths in PAGES.items()}
    assert {group: paths for group, paths in named.items() if paths} == menu


@dataclass
class Found:
    """A page as the navigation gives it, which knows whether it ran."""

    url_path: str
    ran: bool = False

    def run(self) -> None:
        self.ran = True


@dataclass
class Told:
    """What is drawn instead of pages, and where whoever looks is sent."""

    cards: list[tuple[str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    found = Told()
    monkeypatch.setattr(
        page_or_why_not, "empty_state", lambda title, words, **_: found.cards.append((title, words))
    )
    monkeypatch.setattr(streamlit, "switch_page", found.sent.append)
    return found


@pytest.mark.parametrize("role", BUILT_IN)
def test_a_page_runs_for_whom_it_is_open_and_for_nobody_else(role: str, told: Told) -> None:
    policy = BUILT_IN_ALONE.of("maria", roles=[role])
    ran = set()
    for entry in MENU:
        page = Found(entry.path)
        page_or_why_not.run_page(page, policy)
        if page.ran:
            ran.add(entry.path)
    assert ran == ({each.path for each in MENU} & set(BUILT_IN[role].paths)) | {OF_ONESELF}
    assert len(ran) + len(told.cards) + len(told.sent) == len(MENU)
    assert bool(told.sent) == ("" not in ran), "whose overview is closed begins with another page"
    assert all(role.replace("_", " ") in words for _, words in told.cards)


@pytest.mark.parametrize("role", ["executive", "analyst"])
def test_who_reads_figures_alone_reads_the_call_centre_and_no_case(role: str) -> None:
    policy = BUILT_IN_ALONE.of("maria", roles=[role])
    assert policy.sees("call-centre")
    assert not policy.sees("cases")


def test_pages_of_the_whole_firm_need_all_rows(told: Told) -> None:
    policy = replace(BUILT_IN_ALONE.of("maria", roles=["steward"]), rows=(RowCut("country", ("France",)),))
    for path in ("data", "sources", "rollups", "rejected", "audit"):
        page = Found(path)
        page_or_why_not.run_page(page, replace(policy, pages=None))
        assert not page.ran
    assert all("country=France" in words for _, words in told.cards)
    assert len(told.cards) == 5


def test_who_administers_a_part_counts_no_others_rows(writable: Path) -> None:
    italy = (RowCut("country", ("Italy",)),)
    with acting("administrator"):
        assert session.seen_under(Policy()).profile.lines == 2
    with acting("administrator", rows=italy):
        assert not acting_person.policy().may(Deed.AUDIT), "it tells who saw whom, of all rows"
        with pytest.raises(NotAllowed, match="whole firm"):
            session.seen_under(Policy())


def test_without_policies_everything_is_open() -> None:
    assert open_entries(Policy()) == MENU


def test_every_page_is_drawn_by_a_fragment_that_asks_whether_it_is_open() -> None:
    lacking = [
        each.script for each in MENU if "@session.fragment" not in (FOLDER / each.script).read_text("utf-8")
    ]
    assert not lacking
    assert page_in(str(FOLDER / MENU[0].script)) == MENU[0]
    assert page_in(page_or_why_not.__file__) is None


def test_links_lead_to_open_pages_alone() -> None:
    """`st.page_link` shows a link to whatever page: pages draw theirs by `link_to`."""
    strays = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*.py")
        if re.search(r"\bst\.page_link\(", path.read_text("utf-8"))
    }
    assert strays == {"ui/open_pages.py", "ui/page_or_why_not.py", "ui/navigation.py"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roles").resolve() / "w.duckdb"
    write_tiny(path, [Line(), Line(order="o2", customer="Bob", country="Italy", revenue="77.00")])
    return path


@pytest.fixture
def somebody(firm: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Whoever looks at pages from now on."""
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    monkeypatch.setattr(page_or_why_not, "open_entries", lambda *_: MENU[:1])

    def looks(*roles: str) -> None:
        monkeypatch.setattr(acting_person, "signed_in", lambda: SignedIn("maria", roles=roles))

    return looks


def words(app: AppTest) -> str:
    return " ".join(str(each.proto) for each in app.get("html"))


def test_the_script_of_a_closed_page_shows_nothing_of_it(somebody: Callable[..., None]) -> None:
    somebody("service")
    app = AppTest.from_file(str(FOLDER / "explore" / "explore_page.py"), default_timeout=60)
    app.query_params["rows"] = "country"
    app.query_params["where"] = "country=Italy"
    app.run()
    assert not app.exception
    assert "Explore is not open to you" in words(app)
    assert "77" not in words(app)
    assert "Italy" not in words(app)


def test_who_does_not_administer_reads_of_themselves_alone(somebody: Callable[..., None]) -> None:
    script = str(FOLDER / "manage" / "people" / "people_page.py")
    somebody("analyst")
    own = AppTest.from_file(script, default_timeout=60).run()
    assert not own.exception
    assert "What I may see" in words(own)
    assert "Limits of roles" not in words(own)
    assert "names and contacts" in words(own)
    somebody("administrator")
    whole = AppTest.from_file(script, default_timeout=60).run()
    assert not whole.exception
    assert "Partner manager" in words(whole)
    assert "Nothing is declared" in words(whole)


@pytest.fixture
def writable(firm: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm))
    yield firm
    session._run.warehouse = None


def test_the_callback_of_a_button_that_is_not_drawn_does_nothing(writable: Path) -> None:
    store = operational_store.ready(writable)

    def deed(store: operational_store.OperationalStore) -> str:
        member_sets.save(store, "Mine", "country", ("France",), "private", "maria")
        return "Saved."

    with acting("administrator"):
        assert not written_deeds.do("said", deed)
        with pytest.raises(NotAllowed):
            desk().start(Demonstration(writable))
        with pytest.raises(NotAllowed):
            uploaded_files.keep([])
    assert not member_sets.member_sets(store, "maria")
    with acting("analyst"), pytest.raises(NotAllowed):
        session.seen_under(Policy())


def test_search_and_overview_offer_what_is_open(writable: Path) -> None:
    with acting("service"):
        found = search_sources.found(session.renewed(), "e")
        assert {each.label for each in found["Pages"]} <= {
            "Overview",
            "Boards",
            "Customer",
            "Cases",
            "Call centre",
            "Journeys",
            "Service insight",
            "People and roles",
        }
        assert not found["Measures"]
        assert not found["Members"]
        names = {each.name for each in house_parts(session.warehouse().profile)}
        assert not names & {"base-value", "retention", "trends", "loyalty", "targets"}
        assert "figures" in names
    with acting("executive"):
        assert search_sources.found(session.renewed(), "revenue")["Measures"]


def test_the_matrix_of_roles_says_what_policies_do() -> None:
    for role in BUILT_IN.values():
        policy = BUILT_IN_ALONE.of("maria", roles=[role.name])
        assert {each.path for each in MENU if opens(role, each.path)} == {
            each.path for each in MENU if policy.sees(each.path)
        }
        assert {deed for deed in Deed if allows(role, deed)} == {deed for deed in Deed if policy.may(deed)}


def test_what_one_may_is_said_in_words(writable: Path) -> None:
    france = (RowCut("country", ("France", "Germany")), RowCut("channel_type", ("Store",), exclude=True))
    with acting("analyst", rows=france, smallest=5, exports=False):
        said = own_limits.told_limits(acting_person.policy())
    assert "Country: France or Germany and Channel type: not Store" in said["Data"]
    assert "below 5 customers" in said["Data"]
    assert "No files" in said["Data"]
    assert said["Deeds"].startswith("Write notes")


def test_cuts_that_fit_no_row_are_told_with_their_place(writable: Path) -> None:
    def role(*rows: RowCut) -> Role:
        return Role("north", rows=rows)

    right = RowCut("country", ("France", "Italy"))
    assert not cut_troubles([*BUILT_IN.values(), role(right)])
    wrong = (RowCut("contry", ("France",)), RowCut("country", ("Frence",)))
    level, member = cut_troubles([role(right, *wrong)])
    assert level.startswith("[roles.north] rows: 'contry'")
    assert "country" in level
    assert member.startswith("[roles.north] rows: There is no country 'Frence'")
    assert "France" in member


def test_people_of_the_file_with_what_follows(writable: Path) -> None:
    policies = replace(BUILT_IN_ALONE, people={"otto": ("administrator",)}, groups={"Staff": ("analyst",)})
    otto, staff = people_table.held_people(writable, policies)
    assert (otto.name, staff.name, staff.known_from) == ("otto", "Staff", "group")
    assert otto.policy is not None
    assert otto.policy.may(Deed.ADMINISTER)
    assert staff.policy is not None
    assert staff.policy.masked


def test_a_chart_leads_to_whom_explore_is_open() -> None:
    def into(_ids: tuple[str, ...]) -> None: ...

    with acting("analyst"):
        assert leading(into) is into
    with acting("service"):
        assert leading(into) is None


def test_a_tile_that_is_refused_has_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    monkeypatch.setattr(page_states, "section", titles.append)
    for tile, sought in ((retention_tile, "found_cohorts"), (loyalty_tile, "loyalty_degrees")):
        monkeypatch.setattr(tile, sought, _refused)
    asked = PartAsked(Query(), "overview", "one")
    for draw in (retention_tile.retention_tile, loyalty_tile.loyalty_tile):
        with pytest.raises(NotAllowed):
            draw(asked)
    assert titles == ["Retention", "Loyalty"]


def _refused(*_: object) -> None:
    raise NotAllowed("Withheld.")


def test_an_administrator_alone_sees_nothing_of_customers() -> None:
    shown = {name: shows_data(BUILT_IN_ALONE.of("maria", roles=[name])) for name in BUILT_IN}
    assert [name for name, shows in shown.items() if not shows] == ["administrator"]


def test_the_image_of_a_chart_is_a_file_too() -> None:
    for roles, limits, offered in (
        ("analyst", {}, True), ("service", {}, False), ("analyst", {"reason": True}, False),
    ):  # fmt: skip
        with acting(roles, **limits):
            assert bool(chart_clicks._settings("Revenue")["displayModeBar"]) is offered
