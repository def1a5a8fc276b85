"""How far below the price asked people of a role go by themselves: said by whoever looks after people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from data.access.policies import BUILT_IN_ALONE, policies_of
from data.errors import BadRequest, did_you_mean
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PRICE_LIMIT, Values
from data.operational.statement_log import Statement

SET, WITHDRAWN = "set", "withdrawn"


def price_limits(store: OperationalStore) -> dict[str, Decimal]:
    """Percent below the price asked, by role; others have no limit but the floor. Errors: WarehouseError."""
    return limits_among(statement_log.current(store, PRICE_LIMIT))


def limits_among(told: Iterable[Statement]) -> dict[str, Decimal]:
    values = [each.values(PRICE_LIMIT) for each in told]
    return {
        str(each["role"]): share
        for each in values
        if each["state"] == SET and isinstance(share := each["below_asked"], Decimal)
    }


def check_role(warehouse: Path, role: str, below_asked: Decimal | None) -> None:
    """A limit is of a role that there is: one of a slipped name would hold nobody back. Errors: BadRequest; BadInput
    where the policies cannot be read."""
    roles = (policies_of(warehouse) or BUILT_IN_ALONE).roles
    if below_asked is not None and role not in roles:
        raise BadRequest(f"There is no role {role!r}.", did_you_mean(role, roles))


def set_limit(
    store: OperationalStore,
    role: str,
    below_asked: Decimal | None,
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Say how far a role may go (percent), or that it has no limit (None); the statement, once it is on the disk.

    Errors: BadRequest, ChangedMeanwhile, NotAllowed, WarehouseError.
    """
    share = Decimal(0) if below_asked is None else below_asked
    if not (share.is_finite() and 0 <= share <= 100):
        raise BadRequest(f"{share} is no limit.", "Write percent below the price asked, from 0 to 100.")
    values: Values = {
        "role": plain_name(role),
        "below_asked": share,
        "state": WITHDRAWN if below_asked is None else SET,
    }
    with statement_log.writing(store) as log:
        return log.say(PRICE_LIMIT, values, who, standing_on)


def limit_of(limits: Mapping[str, Decimal], roles: Collection[str]) -> Decimal | None:
    """The widest of the limits of somebody's roles; None where none of them has any.

    >>> limit_of({"marketing": Decimal(10), "partner_manager": Decimal(20)}, ["marketing", "analyst"])
    Decimal('10')
    """
    return max((limits[role] for role in roles if role in limits), default=None)


def is_beyond(price: Decimal, asked: Decimal | None, limit: Decimal | None) -> bool:
    """Whether a price lies further below the price asked than a limit allows.

    >>> is_beyond(Decimal(89), Decimal(100), Decimal(10)), is_beyond(Decimal(1), None, Decimal(10))
    (True, False)
    """
    return asked is not None and limit is not None and price < asked * (100 - limit) / 100
