"""People and roles: who may see and do what, where that is declared, and who is signed in. Whoever does not administer
reads here what they may themselves."""

from __future__ import annotations

from data import environment
from data.access.deed import Deed
from data.access.policies import Policies, policies_file, policies_of
from data.access.role import BUILT_IN
from pages.manage.people.accounts_card import accounts_card
from pages.manage.people.own_limits import own_limits
from pages.manage.people.people_table import held_people, people_card
from pages.manage.people.policies_file_card import policies_file_card
from pages.manage.people.roles_matrix import limits_table, roles_matrix
from pages.manage.people.view_as_card import view_as_card
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import told
from pages.ui import session
from pages.ui.acting_person import policy
from pages.ui.allowed_deeds import may
from pages.ui.page_states import card, page_title, section

NOTHING_DECLARED = Policies(BUILT_IN, {}, {})


@session.fragment
def people() -> None:
    session.read_own_url()
    looks()
    if may(Deed.ADMINISTER):
        page_title("People and roles", "Who may see and do what, and who is signed in.")
        told()
        administered()
    else:
        page_title("What I may see", "What your roles show you and let you do.")
        with card("own"):
            own_limits(policy())
    ready("people", administers=may(Deed.ADMINISTER))


def administered() -> None:
    path = environment.warehouse().resolve()
    declared = policies_of(path)
    policies_file_card(policies_file(path), declared)
    found = declared or NOTHING_DECLARED
    held = held_people(path, found)
    people_card(held)
    view_as_card(found, held)
    accounts_card(path)
    with card("role-limits"):
        section("Limits of roles", "A person has the limits of all their roles at once.")
        limits_table(found.roles.values())
    with card("roles"):
        section("Roles", "A person has what any of their roles opens and allows.")
        roles_matrix(found.roles.values())
    with card("own"):
        section("What I may see")
        own_limits(policy())


people()
