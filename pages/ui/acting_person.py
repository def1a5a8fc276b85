"""Who acts where a page runs, and what they may: asked anew at each run, so that a change of roles holds at once."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import environment
from data.access import acting
from data.access.acting import Acting, read_by
from data.access.policies import open_policy, policy_of
from data.access.policy import Policy
from pages.ui.signed_in import signed_in


def _acting_here() -> Acting | None:
    """Who looks at a page; None where nobody does (a load's thread). Errors: NotAllowed, BadInput."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    path, found = environment.warehouse(), signed_in()
    if not found.person:
        return Acting("", open_policy(path), "browser")
    return Acting(found.person, policy_of(path, found.person, found.groups, found.roles), "browser")


read_by(_acting_here)


def policy() -> Policy:
    """What whoever acts may. Errors: NotAllowed, BadInput where they are let in no longer."""
    return acting.acting().policy
