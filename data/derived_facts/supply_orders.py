"""Orders to suppliers as they came: whole or not, in time or not, by the firm's own rule of what is late.

An order is a row of `lead_time`. What came of it are the rows of `receipt` that name its number (and its product and
partner, where they name one); an order that none of them names is told by what its own row says. What names several
rows alike (a product in two lots, or no product) fills them one after the other, as they were promised. An order is
*due* on the promised day and the days of grace after it (`late_after_days`, a setting of the firm); it is *whole* on
the day on which what came adds up to what was ordered. What came beyond that is surplus and makes up for nothing
else. An order that ended although it was not whole never becomes it; it was in time where all that came did. Where no
day was promised, or no quantity told, nothing is said that needs it; an order of nothing, or of less, is none.
"""

from __future__ import annotations

from data.connection import Connection
from data.derived_facts.mirrored_rows import ordinary_days, put_in_place
from data.model.canonical_tables import MAIN_FACT

LATE_AFTER = "late_after_days"
SLIP = 366  # a receipt later than so many days after all else is a slip
AS_OF_FACTS = (MAIN_FACT.name, "lead_time", "receipt")
DAY = "({} - DATE '1970-01-01')::INTEGER"

ITS_OWN = """r.supply_order = o.number
        AND (r.partner_code = 0 OR o.partner_code = 0 OR r.partner_code = o.partner_code)"""
NAMED_BY = f"{ITS_OWN} AND (r.product_code = 0 OR r.product_code = o.product_code)"
TURN = "promised_on NULLS LAST, ordered_on, batch, row_in_source"

# What came of which order on which day; its own row tells one arrival, of all that was ordered where it says none.
ARRIVALS = f"""SELECT line, day, part AS quantity FROM parted
WHERE day <= {{as_of}} AND (lines = 1 OR part <> 0 OR quantity_ordered IS NULL)
UNION ALL
SELECT o.line, {DAY.format("o.received_on")}, coalesce(o.quantity_received, o.quantity_ordered)
    FROM placed AS o WHERE o.received_on IS NOT NULL AND {DAY.format("o.received_on")} <= {{as_of}}
        AND o.line NOT IN (SELECT o.line FROM placed AS o JOIN receipt AS r ON {ITS_OWN})"""

# Of each receipt the part of each order that it names: pieces so far beyond those of the orders before it, after less
# before; the first takes what went back, the last what is too much.
TAKEN = """least(greatest({} - others, CASE WHEN nth > 1 THEN 0 END),
            CASE WHEN nth < lines THEN coalesce(quantity_ordered, 0) END)"""
PARTED = f"""named AS (
    SELECT r.rowid AS receipt, r.supply_order, r.product_code AS of_product, r.partner_code AS of_partner,
        r.day_key AS day, coalesce(r.quantity, 0) AS quantity, o.line, o.quantity_ordered, o.promised_on,
        o.day_key AS ordered_on, o.batch, o.row_in_source
    FROM placed AS o JOIN receipt AS r ON {NAMED_BY}
), placed_in_turn AS (
    SELECT *, count(*) OVER (PARTITION BY receipt) AS lines,
        row_number() OVER (PARTITION BY receipt ORDER BY {TURN}) AS nth,
        sum(coalesce(quantity_ordered, 0)) OVER (PARTITION BY receipt ORDER BY {TURN} ROWS UNBOUNDED PRECEDING)
            - coalesce(quantity_ordered, 0) AS others,
        sum(quantity) OVER (PARTITION BY supply_order, of_product, of_partner, line
            ORDER BY day, quantity DESC, receipt ROWS UNBOUNDED PRECEDING) AS so_far
    FROM named
), parted AS (
    SELECT line, day, lines, quantity_ordered,
        {TAKEN.format("so_far")} - {TAKEN.format("(so_far - quantity)")} AS part
    FROM placed_in_turn
)"""

# What `FROM told` needs: of each order the day it was whole on, what was there when it was due.
WANTED = f"""WITH placed AS (
    SELECT *, rowid AS line FROM lead_time WHERE day_key <= {{as_of}} AND coalesce(quantity_ordered, 1) > 0
), {PARTED}, arrival AS ({ARRIVALS}
), running AS (
    SELECT a.line, day, a.quantity, quantity_ordered,
        sum(a.quantity) OVER (PARTITION BY a.line ORDER BY day, a.quantity DESC ROWS UNBOUNDED PRECEDING) AS so_far
    FROM arrival AS a JOIN placed USING (line)
), came AS (
    SELECT line, sum(quantity) AS quantity, min(day) AS first_day, max(day) AS last_day_came,
        min(day) FILTER (WHERE quantity_ordered IS NULL OR so_far >= quantity_ordered) AS whole_on
    FROM running GROUP BY line
), due AS (
    SELECT line, {DAY.format("promised_on")} + {{late_after}} AS last_day, {DAY.format("ended_on")} AS ended FROM placed
), in_time AS (
    SELECT a.line, sum(a.quantity) AS quantity FROM arrival AS a JOIN due USING (line) WHERE a.day <= last_day
    GROUP BY a.line
), told AS (
    SELECT o.*, coalesce(c.quantity, 0) AS came, coalesce(t.quantity, 0) AS came_in_time, c.whole_on, c.last_day_came,
        coalesce(ended <= {{as_of}}, false) AS has_ended, coalesce(last_day <= {{as_of}}, false) AS is_due,
        coalesce(c.first_day < o.day_key, false) AS is_odd, last_day
    FROM placed AS o LEFT JOIN came AS c USING (line) LEFT JOIN in_time AS t USING (line) JOIN due USING (line)
)
SELECT day_key, product_key, product_code, partner_key, partner_code, number,
    quantity_ordered AS ordered,
    CASE WHEN quantity_ordered IS NOT NULL THEN least(greatest(came, 0), quantity_ordered) END AS received,
    CASE WHEN quantity_ordered IS NOT NULL THEN greatest(came - quantity_ordered, 0) END AS surplus,
    CASE WHEN is_due AND quantity_ordered IS NOT NULL THEN least(greatest(came_in_time, 0), quantity_ordered) END
        AS received_in_time,
    is_due::INTEGER AS is_due,
    CASE WHEN is_due THEN coalesce(whole_on <= last_day OR (has_ended AND last_day_came <= last_day), false)::INTEGER
        END AS in_time,
    CASE WHEN has_ended OR whole_on IS NOT NULL THEN (whole_on IS NOT NULL)::INTEGER END AS in_full,
    CASE WHEN is_due THEN coalesce(whole_on <= last_day, false)::INTEGER END AS in_time_in_full,
    {DAY.format("promised_on")} - day_key AS promised_days,
    CASE WHEN NOT is_odd THEN whole_on - day_key END AS lead_days,
    CASE WHEN whole_on IS NULL AND NOT has_ended THEN {{as_of}} - day_key END AS open_days, batch, row_in_source
FROM told"""


def follow(connection: Connection) -> None:
    """Bring orders to suppliers up to date."""
    ((told,), (held,)) = (
        connection.execute(f"SELECT EXISTS (FROM {fact})").fetchall()[0]
        for fact in ("lead_time", "supply_order")
    )
    if not (told or held):
        return
    wanted = WANTED.format(as_of=_as_of(connection), late_after=_late_after(connection))
    put_in_place(connection, "supply_order", wanted, "true", "day_key, product_code")


def _as_of(connection: Connection) -> int:
    """The last day of ordinary traffic of sales and of supply, or on which an order came within a year after it."""
    found = (ordinary_days(connection, fact) for fact in AS_OF_FACTS)
    last = max((days.last for days in found if days), default=-1)
    came = DAY.format("received_on")
    ((received,),) = connection.execute(
        f"SELECT max({came}) FROM lead_time WHERE {came} <= ?", [last + SLIP]
    ).fetchall()
    return max(last, received if received is not None else last)


def _late_after(connection: Connection) -> int:
    found = connection.execute("SELECT value FROM setting WHERE name = ?", [LATE_AFTER]).fetchall()
    return int(found[0][0]) if found else 0
