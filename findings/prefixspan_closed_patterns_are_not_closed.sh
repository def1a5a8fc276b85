#!/usr/bin/env bash
# prefixspan 0.5.2, frequent(closed=True), on the journeys of two customers: "visit, order" and "visit, order, visit".
# A good guess, and what its own page says of closed: a pattern with a longer one of the same count is left out, so that
# "visit, order" alone stays.
# Seen: "visit" stays beside it with the same count of 2; where an item comes back after the pattern, patterns that are
# not closed are listed: in 24 of 200 small random sets (none that is closed was missing there).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check prefixspan==0.5.2 extratools==0.8.2.1
"$folder/venv/bin/python" - <<'PYTHON'
import random

from prefixspan import PrefixSpan


def within(pattern: tuple, sequence: tuple) -> bool:
    rest = iter(sequence)
    return all(item in rest for item in pattern)


def both(journeys: list) -> tuple[dict, dict]:
    frequent = {tuple(pattern): count for count, pattern in PrefixSpan(journeys).frequent(2)}
    listed = {tuple(pattern): count for count, pattern in PrefixSpan(journeys).frequent(2, closed=True)}
    closed = {
        pattern: count
        for pattern, count in frequent.items()
        if not any(len(one) > len(pattern) and n == count and within(pattern, one) for one, n in frequent.items())
    }
    return listed, closed


listed, closed = both([["visit", "order"], ["visit", "order", "visit"]])
print("listed:", listed, "closed:", closed)
assert closed == {("visit", "order"): 2}
assert listed == {("visit",): 2, ("visit", "order"): 2}

draw = random.Random(1)
drawn = [both([draw.choices("abc", k=draw.randint(1, 5)) for _ in range(3)]) for _ in range(200)]
unlike = sum(listed != closed for listed, closed in drawn)
missing = sum(not closed.keys() <= listed.keys() for listed, closed in drawn)
print("random sets listed wrong:", unlike, "of 200; with a closed pattern missing:", missing)
assert (unlike, missing) == (24, 0)
PYTHON
echo "as described"
