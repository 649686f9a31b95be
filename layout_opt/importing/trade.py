"""Tables of who supplies whom, and who is good at what: input coefficients and final demand are observed, advantage computed, freight assumed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_opt.importing.terms import COSTS, listed

LOCAL = 0.05  # an industry that sells less of its output to other regions serves its own
FREIGHT = 0.05  # money per output, over 1000 km
IMPORTING = 1.0  # money per output brought from outside the table, which is the world or close to it


def trade_tables(S: pd.DataFrame, exports: pd.DataFrame, inputs: pd.DataFrame, final: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of linkages. `S` is output, `exports` what other regions use of it, `final` what final users of a region buy (industry by
    region); `inputs` are flows from suppliers to industries. All in one unit."""
    return {
        "scores": _scores(exports),
        "input_coefficients": _coefficients(inputs, S),
        "final_demand": _shares(final),
        "freight": _freight(S.index[~local(S, exports)]),
    }


def local(S: pd.DataFrame, exports: pd.DataFrame) -> pd.Series[bool]:
    """Whether an industry serves its own region."""
    return exports.sum(axis=1) < LOCAL * S.sum(axis=1)


def _scores(exports: pd.DataFrame) -> pd.DataFrame:
    """Revealed comparative advantage of exports (Balassa 1965), symmetric: (RCA - 1) / (RCA + 1); no row where nothing is exported."""
    expected = pd.DataFrame(np.outer(exports.sum(axis=1), exports.sum()), exports.index, exports.columns) / exports.to_numpy().sum()
    table = listed((exports - expected) / (exports + expected).where(expected > 0), "score")
    return table.assign(estimated=True, source="computed: symmetric revealed comparative advantage of exports")


def _coefficients(inputs: pd.DataFrame, S: pd.DataFrame) -> pd.DataFrame:
    """Inputs per unit of output, all regions together; at most 1 for an industry."""
    rate = inputs / S.sum(axis=1)
    rate = rate / rate.sum().clip(lower=1.0)
    table = listed(rate, "coefficient")
    return table[table["coefficient"] > 0].assign(estimated=False)


def _shares(final: pd.DataFrame) -> pd.DataFrame:
    bought = final[final.sum(axis=1) > 0]
    table = listed(bought.div(bought.sum(axis=1), axis=0), "share")
    return table[table["share"] > 0].assign(estimated=False)


def _freight(traded: pd.Index) -> pd.DataFrame:
    return pd.DataFrame({"industry": traded, "freight_cost": FREIGHT, "import_cost": IMPORTING, "estimated": True, "source": COSTS})
