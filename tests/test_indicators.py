"""Indicators against small matrices worked out by hand, and what holds for any output: ranges, symmetry, sums, zeros."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from layout_opt.indicators import (
    concentration,
    local_balance,
    location_quotient,
    national_specialisation,
    net_trade,
    nrca,
    rsca,
    shares,
    similarity,
    specialisation,
    theil,
)

LIGHT = settings(max_examples=40, derandomize=True, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))


def output(matrix: object) -> pd.Series:
    """Output by cell from a matrix, industries k0, k1, … by regions A, B, …."""
    values = np.asarray(matrix, dtype=float)
    industries, regions = [f"k{n}" for n in range(values.shape[0])], list("ABCDE"[: values.shape[1]])
    return pd.Series(values.ravel(), pd.MultiIndex.from_product([industries, regions], names=["industry", "region"]))


SMALL = output([[30, 10], [10, 50]])  # A makes 40, B 60; k0 40, k1 60
ANY = hnp.arrays(float, (3, 4), elements=st.one_of(st.just(0.0), st.floats(0.01, 1000))).map(output)


# --- by hand -----------------------------------------------------------------------------------------------------------------------------


def test_location_quotient_by_hand() -> None:
    """k0 in A: 30 of 40 there against 40 of 100 everywhere, 0.75 / 0.4."""
    assert location_quotient(SMALL).tolist() == pytest.approx([0.75 / 0.4, (1 / 6) / 0.4, 0.25 / 0.6, (5 / 6) / 0.6])


def test_rsca_by_hand() -> None:
    """(LQ - 1) / (LQ + 1): 0.875 / 2.875 for k0 in A; -1 where nothing is made."""
    assert rsca(SMALL).iloc[0] == pytest.approx(0.875 / 2.875)
    assert rsca(output([[1, 0], [1, 1]])).iloc[1] == -1.0
    assert rsca(output([[2, 4], [3, 6]])).tolist() == pytest.approx([0.0] * 4)


def test_nrca_by_hand() -> None:
    """Four cells times 30 / 100 - 40 * 40 / 100^2, and so on."""
    assert nrca(SMALL).tolist() == pytest.approx([4 * 0.14, -4 * 0.14, -4 * 0.14, 4 * 0.14])


def test_similarity_by_hand() -> None:
    """Shares 3/4, 1/4 and 1/6, 5/6: (3/24 + 5/24) / (sqrt(10)/4 * sqrt(26)/6)."""
    assert shares(SMALL).to_numpy().tolist() == [pytest.approx([0.75, 1 / 6]), pytest.approx([0.25, 5 / 6])]
    assert similarity(SMALL).loc["A", "B"] == pytest.approx((8 / 24) / (math.sqrt(10) / 4 * math.sqrt(26) / 6))
    assert similarity(output([[1, 0], [0, 1]])).loc["A", "B"] == 0.0


def test_specialisation_by_hand() -> None:
    """Krugman: twice 3/4 - 1/6 between the two; twice 0.75 - 0.4 and 0.4 - 1/6 against the country; 2 where nothing is shared."""
    assert specialisation(SMALL).to_numpy().tolist() == [pytest.approx([0, 7 / 6]), pytest.approx([7 / 6, 0])]
    assert national_specialisation(SMALL).tolist() == pytest.approx([0.7, 7 / 15])
    assert specialisation(output([[1, 0], [0, 1]])).loc["A", "B"] == 2.0


def test_concentration_by_hand() -> None:
    """HHI: 3/4 and 1/4 squared, 1/6 and 5/6 squared; 1 in one place, 1/R evenly, 0 where nothing is made."""
    assert concentration(SMALL).tolist() == pytest.approx([10 / 16, 26 / 36])
    assert concentration(output([[7, 0, 0, 0], [2, 2, 2, 2], [0, 0, 0, 0]])).tolist() == pytest.approx([1.0, 0.25, 0.0])


def test_theil_by_hand() -> None:
    """Income 30, 20 | 50 and people 40, 40 | 20: between ln 1.25, within 0.5 * (0.6 ln 1.2 + 0.4 ln 0.8)."""
    regions = ["A", "B", "C"]
    parts = theil(pd.Series([30.0, 20, 50], regions), pd.Series([40.0, 40, 20], regions), pd.Series(["East", "East", "West"], regions))
    assert parts["total"] == pytest.approx(0.3 * math.log(0.75) + 0.2 * math.log(0.5) + 0.5 * math.log(2.5))
    assert parts["between"] == pytest.approx(math.log(1.25))
    assert parts["within"] == pytest.approx(0.5 * (0.6 * math.log(1.2) + 0.4 * math.log(0.8)))


def test_local_balance_and_net_trade_by_hand() -> None:
    """Value added 17.5 in each region, so each uses half of either industry: A has 10 of k0 to sell and lacks 20 of k1, B the reverse."""
    added = SMALL * [0.5, 0.5, 0.25, 0.25]
    balance = local_balance(SMALL, added)
    assert balance.to_numpy().tolist() == [pytest.approx([10, -10]), pytest.approx([-20, 20])]
    assert net_trade(balance).to_numpy().tolist() == [pytest.approx([0, 30]), pytest.approx([30, 0])]


def test_net_trade_takes_the_smaller_of_surplus_and_deficit() -> None:
    """A sells 5 of its 8 to B, which lacks 5; B sells nothing that A lacks."""
    balance = pd.DataFrame([[8.0, -5.0, -3.0], [0.0, 2.0, -2.0]], ["k0", "k1"], ["A", "B", "C"])
    assert net_trade(balance).to_numpy().tolist() == [[0, 5, 3], [5, 0, 2], [3, 2, 0]]


# --- for any output ----------------------------------------------------------------------------------------------------------------------


@LIGHT
@given(made=ANY)
def test_indices_of_advantage(made: pd.Series) -> None:
    """LQ is not negative and averages to 1 in every region that makes something; RSCA lies in -1..1; NRCA sums to 0 both ways."""
    lq, symmetric, normal = location_quotient(made), rsca(made), nrca(made)
    assert (lq >= 0).all()
    assert symmetric.between(-1, 1).all()
    assert ((lq > 1 + 1e-9) <= (symmetric > 0)).all()
    assert ((lq > 1 + 1e-9) <= (normal > 0)).all()
    assert normal.between(-len(made), len(made)).all()
    for level in ("industry", "region"):
        assert normal.groupby(level=level).sum().tolist() == pytest.approx([0.0] * made.index.unique(level).size, abs=1e-9)
    weight = made.groupby(level="industry").transform("sum") / (made.sum() or 1.0)
    average, used = (lq * weight).groupby(level="region").sum(), made.groupby(level="region").sum() > 0
    assert average.tolist() == pytest.approx(used.astype(float).tolist())


@LIGHT
@given(made=ANY)
def test_similarity_and_specialisation(made: pd.Series) -> None:
    """Both are symmetric, in 0..1 and 0..2; a region is like itself, or like nothing where it makes nothing; alike regions do not differ."""
    alike, differ, used = similarity(made), specialisation(made), made.groupby(level="region").sum() > 0
    assert np.allclose(alike, alike.T)
    assert np.allclose(differ, differ.T)
    assert alike.stack().between(0, 1 + 1e-9).all()
    assert differ.stack().between(0, 2 + 1e-9).all()
    assert np.diag(alike).tolist() == pytest.approx(used.astype(float).tolist())
    assert np.diag(differ).tolist() == [0.0] * 4
    assert national_specialisation(made).between(0, 2 + 1e-9).all()
    assert alike.to_numpy()[differ.to_numpy() < 1e-12].round(9).tolist() == pytest.approx(
        [float(used[r] and used[q]) for r in alike.index for q in alike.index if differ.loc[r, q] < 1e-12]
    )


@LIGHT
@given(made=ANY, factor=st.floats(0.1, 10))
def test_scale_does_not_matter(made: pd.Series, factor: float) -> None:
    """Money in other units changes none of the indices."""
    for index in (location_quotient, nrca, national_specialisation, concentration):
        assert index(made * factor).tolist() == pytest.approx(index(made).tolist(), abs=1e-9)


@LIGHT
@given(made=ANY)
def test_concentration_lies_between_even_and_one_place(made: pd.Series) -> None:
    """1/R..1 for an industry with output, 0 for one without."""
    used = made.groupby(level="industry", sort=False).sum() > 0
    hhi = concentration(made)
    assert hhi[used].between(0.25 - 1e-9, 1 + 1e-9).all()
    assert (hhi[~used] == 0).all()


@LIGHT
@given(
    income=st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1000)), min_size=4, max_size=4).filter(any),
    people=st.lists(st.floats(0.01, 1000), min_size=4, max_size=4),
    plates=st.lists(st.sampled_from(["East", "West"]), min_size=4, max_size=4),
)
def test_theil_parts(income: list[float], people: list[float], plates: list[str]) -> None:
    """Total, between and within are not negative and add up; equal incomes per head give 0, one plate no difference between plates."""
    y, p, group = pd.Series(income), pd.Series(people), pd.Series(plates)
    parts = theil(y, p, group)
    assert parts["total"] == pytest.approx(parts["between"] + parts["within"])
    assert min(parts.values()) >= -1e-9
    assert max(theil(p, p, group).values()) == pytest.approx(0.0, abs=1e-9)
    assert theil(y, p, pd.Series(["East"] * 4))["between"] == pytest.approx(0.0, abs=1e-12)
    assert theil(y, p, pd.Series(list("ABCD")))["within"] == pytest.approx(0.0, abs=1e-12)


@LIGHT
@given(made=ANY, rate=st.lists(st.floats(0.05, 1), min_size=3, max_size=3))
def test_local_balances_cancel_out(made: pd.Series, rate: list[float]) -> None:
    """What some regions have to sell others lack: each industry sums to 0 (where anything is made); net trade is symmetric, not negative, 0
    with oneself, and no more than what is made."""
    balance = local_balance(made, made * np.repeat(rate, 4))
    assert balance.sum(axis=1).tolist() == pytest.approx([0.0] * 3, abs=1e-6)
    trade = net_trade(balance)
    assert np.allclose(trade, trade.T)
    assert (trade.to_numpy() >= 0).all()
    assert np.diag(trade).tolist() == [0.0] * 4
    assert (trade.to_numpy() <= made.sum() + 1e-9).all()


def test_nothing_is_made() -> None:
    """No output at all: every index is a plain 0 (RSCA -1), not a missing number."""
    none = output([[0, 0], [0, 0]])
    assert location_quotient(none).tolist() == [0.0] * 4
    assert rsca(none).tolist() == [-1.0] * 4
    assert nrca(none).tolist() == [0.0] * 4
    assert similarity(none).to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert specialisation(none).to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert national_specialisation(none).tolist() == [0.0, 0.0]
    assert concentration(none).tolist() == [0.0, 0.0]
    assert local_balance(none, none).to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert theil(none.groupby(level="region").sum(), pd.Series([1.0, 2.0], ["A", "B"]), pd.Series(["x", "y"], ["A", "B"]))["total"] == 0.0
