"""Single customers: a policy that withholds counts of few customers shows none of them by themselves either."""

from __future__ import annotations

from data.access.policy import Policy
from data.errors import NotAllowed


def tells_single_customers(policy: Policy) -> bool:
    """Whether a policy shows customers one by one: lists of them, their pages, the rows behind a cell."""
    return policy.smallest <= 1


def check_single_customers(policy: Policy, what: str) -> None:
    """Errors: NotAllowed where a policy withholds small counts, and so shows none of `what` either."""
    if not tells_single_customers(policy):
        raise NotAllowed(
            f"{what} show single customers, and counts of fewer than"
            f" {policy.smallest} are withheld from {policy.person or 'you'}.",
            "Ask for groups of customers, by country or by month.",
        )
