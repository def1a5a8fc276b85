"""Small counts in tables: the attack of a linear programme learns no more than the limit."""

from __future__ import annotations

import numpy as np
import pytest

from cubes.withholding.complementary_cells import is_small, withhold
from cubes.withholding.counted_space import CountedSpace, Family, space
from tests.cubes.interval_attack import attack
from tests.cubes.table_space import table_space

PUBLISHED = np.array([
    [456, 380, 241, 113, 9],
    [16, 12, 6, 3, 0],
    [808, 602, 382, 199, 9],
    [317, 233, 146, 66, 2],
])  # fmt: skip
SMALLEST = 5
NEARLY = 1e-6


def protected(found: CountedSpace, smallest: int) -> bool:
    """Whether each small count may be anything from 0 to the limit, by what is left."""
    small = is_small(found.counts, smallest)
    hidden = withhold([found], small, smallest).hidden
    if not small.any():
        return not hidden.any()
    intervals = attack(found, ~hidden, np.flatnonzero(small).tolist())
    wide = [least < NEARLY and greatest > smallest - 1 - NEARLY for least, greatest in intervals]
    return bool((hidden >= small).all()) and all(wide)


def test_the_published_table() -> None:
    """pytauargus 0.6.0 withholds I-d and S-e and beside them C-d, C-e, I-c, S-c: both then lie in 0 to 5."""
    table = table_space(PUBLISHED)
    small = is_small(table.counts, SMALLEST)
    assert np.flatnonzero(small).tolist() == [8, 19]
    assert attack(table, ~small, [8, 19]) == [(3, 3), (2, 2)]
    theirs = small.copy()
    theirs[[3, 4, 7, 17]] = True
    assert attack(table, ~theirs, [8, 19]) == [(0, 5), (0, 5)]
    ours = withhold([table], small, SMALLEST).hidden
    assert ours.sum() == theirs.sum()
    assert protected(table, SMALLEST)
    assert not ours[20:].any(), "all margins stay"


def test_random_tables() -> None:
    """Tables of two and three levels, with small counts and with zeros."""
    rng = np.random.default_rng(17)
    shapes = [(3, 3), (4, 3), (2, 3, 2)]
    for at in range(30):
        counts = rng.poisson(rng.gamma(0.8, 9, shapes[at % 3]))
        assert protected(table_space(counts), 4), counts


def test_months_do_not_add_up() -> None:
    """Of 20 customers 18 bought in one month and 3 in the other: some in both, and at least 2 in the other alone."""
    months = Family(np.array([2, 2]), np.array([0, 1]))
    found = space(np.array([18.0, 3.0, 20.0]), [months])
    assert attack(found, np.array([True, False, True]), [1]) == [(2, 20)]
    assert withhold([found], is_small(found.counts, 5), 5).hidden.tolist() == [True, True, False]
    loyal = space(np.array([20.0, 3.0, 20.0]), [months])
    assert withhold([loyal], is_small(loyal.counts, 5), 5).hidden.tolist() == [False, True, False]


def test_countries_add_up() -> None:
    """The same counts of countries tell each other."""
    countries = Family(np.array([2, 2]), np.array([0, 1]))
    found = space(np.array([18.0, 3.0, 21.0]), [countries])
    assert attack(found, np.array([True, False, True]), [1]) == [(3, 3)]
    assert withhold([found], is_small(found.counts, 5), 5).hidden.tolist() == [True, True, False]


@pytest.mark.parametrize(("fixed", "exposed"), [([], ()), ([0], ()), ([0, 1], (2,))])
def test_what_is_shown_already_stays(fixed: list[int], exposed: tuple[int, ...]) -> None:
    found = space(np.array([18.0, 9.0, 3.0, 30.0]), [Family(np.full(3, 3), np.arange(3))])
    known = np.isin(np.arange(4), [*fixed, 3])
    done = withhold([found], is_small(found.counts, 5), 5, fixed=known)
    assert done.exposed == exposed
    assert not (done.hidden & known).any()


def test_two_countings_of_one_table() -> None:
    """Months leave the customers of one open, but not its lines, which are all but the others'."""
    months = Family(np.array([2, 2]), np.array([0, 1]))
    people, lines = space(np.array([20.0, 3.0, 20.0]), [months]), space(np.array([90.0, 4.0, 94.0]), [months])
    small = is_small(people.counts, 5)
    assert withhold([people], small, 5).hidden.sum() == 1
    assert withhold([people, lines], small, 5).hidden.sum() == 2
