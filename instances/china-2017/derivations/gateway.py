"""Tables of the family `gateway`: what leaves the country, and where.

Exports are those of domestic products in the national input-output table of 2017 (42 sectors), goods only. Gateways take them by the exports of
their customs districts (shares recollected as orders of magnitude); what they hold is what they passed in 2017.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ASSUMPTIONS = Path(__file__).resolve().parent.parent / "assumptions"
LAST_GOOD = "23"  # sectors up to here make goods that pass a customs district (or, 23, repair them)
LEAST = 0.01  # industries that export less of their output are left out


def tables(raw: Path, _made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables `exports` and `gateways`."""
    codes = pd.read_csv(ASSUMPTIONS / "industries.csv", dtype={"io_codes": str}).set_index("industry").io_codes
    industry_of = {code: industry for industry, listed in codes.items() for code in listed.split()}
    table = pd.read_csv(raw / "io_national/china_2017_42.csv", dtype={"Code": str}).query("Origin == 'Domestic'").set_index("Code")
    sold = table.loc[:LAST_GOOD, ["EX", "GO"]].astype(float).groupby(industry_of).sum().reindex(codes.index).dropna()
    share = (sold.EX / sold.GO).round(5)
    freight = pd.read_csv(ASSUMPTIONS / "freight.csv").set_index("industry").freight_cost
    exports = pd.DataFrame({"export_share": share, "freight": freight.reindex(share.index)})[share >= LEAST]
    gateways = pd.read_csv(ASSUMPTIONS / "gateways.csv")
    gateways["capacity"] = (gateways.share * sold.EX.sum() / 1e4).round(0)
    return {
        "exports": exports.reset_index().assign(estimated="yes", note="export_share is published, freight estimated"),
        "gateways": gateways[["region", "capacity"]].assign(estimated="yes", note=gateways.note),
    }
