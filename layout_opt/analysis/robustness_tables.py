"""The tables of robustness: what samples come to, plan by plan, and the price of being prepared for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from layout_opt.runs import Run

SAMPLES = [
    *("plan", "sample", "status", "objective", "bound", "gap", "violation", "short", "stranded", "used_up"),
    *("standing_broken", "standing_short", "perfect_low", "perfect_high", "regret_low", "regret_high"),
]
SUMMARY = [
    *("plan", "samples", "solved", "infeasible", "mean_low", "mean_high", "error", "q05", "median", "q95", "worst", "worst_sample", "tail"),
    *("short_share", "short_mean", "short_worst", "broken_share", "broken_mean", "regret_low", "regret_high"),
]
PRICE = [
    *("plan", "gamma", "status", "objective", "bound", "price_low", "price_high", "loss_low", "loss_high", "tail_gain"),
    *("short_share", "short_mean", "broken_share", "broken_mean", "infeasible_share"),
]
CAPS = ["plan", "label", "period", "row", "broken", "worst_excess", "used_up"]
SHORT = 1e-6  # output: less unmet demand is rounding
TAIL = 0.1  # share of the samples, the worst ones, whose mean is the tail
ROUNDING = 1e-9  # of an objective: smaller differences are rounding


def summary_table(samples: pd.DataFrame, plans: Sequence[str]) -> pd.DataFrame:
    """One row per plan. Means and quantiles are of the samples that have a plan; `infeasible` counts those that were shown to have none.

    `error` is the standard error of the mean, `tail` the mean of the worst tenth, `short_share` the share of samples with unmet demand,
    `broken_share` the share in which the plan as it stands breaks a cap, `broken_mean` how many it breaks on average.
    """
    return pd.DataFrame([_summary(plan, samples[samples["plan"] == plan]) for plan in plans], columns=SUMMARY)


def _summary(plan: str, rows: pd.DataFrame) -> tuple[object, ...]:
    solved = rows[rows["objective"].notna()].sort_values("objective", kind="stable")
    worth, short, broken = solved["objective"].astype(float), solved["short"].astype(float), rows["standing_broken"].astype(float)
    tail = worth.head(math.ceil(TAIL * len(worth)))
    worst = (worth.iloc[0], int(solved["sample"].iloc[0])) if len(worth) else (math.nan, None)
    return (
        *(plan, len(rows), len(solved), int((rows["status"] == "infeasible").sum())),
        *(worth.mean(), solved["bound"].astype(float).mean(), worth.sem()),
        *(worth.quantile(share) for share in (0.05, 0.5, 0.95)),
        *(*worst, tail.mean(), (short > SHORT).mean(), short.mean(), short.max(), (broken > 0).mean(), broken.mean()),
        *(rows[end].astype(float).mean() for end in ("regret_low", "regret_high")),
    )


def price_table(runs: Mapping[str, Run], samples: pd.DataFrame, summary: pd.DataFrame, gammas: Mapping[str, float]) -> pd.DataFrame:
    """One row per plan: its price beside the first one, as an interval, and what that buys in the samples.

    `loss` is the mean of what the plan is worth less than the first one, in the samples that both have a plan in; `tail_gain` by how much its
    tail is better. A larger budget is a tighter model, so that its price is at least 0.
    """
    first, figures = next(iter(runs)), {str(row["plan"]): row for row in summary.to_dict("records")}
    rows = []
    for name, run in runs.items():
        low, high = _price(runs[first], run, tighter=bool(gammas) and gammas[name] >= gammas[first])
        row = {"plan": name, "gamma": gammas.get(name), "status": run.status, "price_low": low, "price_high": high}
        row |= {key: run.info[key] for key in ("objective", "bound")}
        if name in figures:
            told, (less, more) = figures[name], _loss(samples, first, name)
            row |= {"loss_low": less, "loss_high": more, "tail_gain": told["tail"] - figures[first]["tail"]}
            row |= {key: told[key] for key in ("short_share", "short_mean", "broken_share", "broken_mean")}
            row["infeasible_share"] = told["infeasible"] / told["samples"] if told["samples"] else math.nan
        rows.append(row)
    return pd.DataFrame(rows, columns=PRICE)


def _price(first: Run, other: Run, *, tighter: bool) -> tuple[float | None, float | None]:
    if first is other:
        return 0.0, 0.0
    if not other.has_plan:
        return None, None
    low = apart(first.info["objective"], other.info["bound"])
    high = apart(first.info["bound"], other.info["objective"])
    low = max(low, 0.0) if tighter else low
    return low, max(low, high)


def apart(one: float, other: float) -> float:
    """The difference of two objectives; 0 where it is rounding."""
    return 0.0 if abs(one - other) < ROUNDING * max(abs(one), abs(other)) else one - other


def _loss(samples: pd.DataFrame, first: str, name: str) -> tuple[float, float]:
    a, b = (samples[samples["plan"] == plan].set_index("sample")[["objective", "bound"]].astype(float) for plan in (first, name))
    if first == name:
        return 0.0, 0.0
    return float((a["objective"] - b["bound"]).mean()), float((a["bound"] - b["objective"]).mean())


def caps_table(noted: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row per plan and cap that matters: the share of samples in which the plan as it stands breaks it, the largest excess (relative to the
    cap, or to 1 where that is smaller), and the share of those solved in which it is used up after the recourse."""
    if not noted:
        return pd.DataFrame(columns=CAPS)
    caps = pd.concat(noted, ignore_index=True)
    found = caps.groupby(["plan", "label", "period", "row"], sort=False).agg(
        broken=("broken", "mean"), worst_excess=("excess", "max"), used_up=("used_up", "mean")
    )
    found = found[(found["broken"] > 0) | (found["used_up"] > 0)].reset_index()
    return found.sort_values(["plan", "broken", "used_up"], ascending=[True, False, False], kind="stable", ignore_index=True)[CAPS]
