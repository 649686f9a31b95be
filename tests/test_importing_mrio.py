"""Instances from multi-regional input-output tables: every figure is that of the table, or marked as estimated; the instance is solved."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pymrio
import pytest
from typer.testing import CliRunner

from layout_opt.cli import app
from layout_opt.errors import InputError
from layout_opt.importing.mrio import import_mrio
from layout_opt.instance import Instance
from layout_opt.runs import read_run
from layout_opt.solving import load_instance, solve
from tests.conftest import define

CODES = {"reg1": "CN", "reg2": "DE", "reg3": "US", "reg4": "WA", "reg5": "BR", "reg6": "FR"}
STRESSORS = {  # of a table like EXIOBASE: unit, and factor to the unit of the resource
    "CO2 - combustion - air": ("kg", "carbon", 1e-9),
    "CO2 - non combustion - Cement production - air": ("kg", "carbon", 1e-9),
    "CH4 - combustion - air": ("kg", None, 0.0),
    "Energy Carrier Net Total": ("TJ", "energy", 1e-3),
    "Employment: Low-skilled male": ("1000 p.", "labour", 0.1),
    "Employment: High-skilled female": ("1000 p.", "labour", 0.1),
}
MADE_UP = {"regions", "industries", "demand", "efficiency", "capacities", "scores", "freight"}


@pytest.fixture(scope="module")
def table() -> Any:
    system = pymrio.load_test()
    system.calc_system()
    return system


@pytest.fixture(scope="module")
def instance() -> Instance:
    return import_mrio("test")


@pytest.fixture(scope="module")
def exiobase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the form of EXIOBASE 3: its regions, its names of stressors, its units."""
    system = pymrio.load_test()
    system.rename_regions(CODES)
    figures = np.random.default_rng(0).random((len(STRESSORS), len(system.Z))) * 1e9
    F = pd.DataFrame(figures, pd.Index(STRESSORS, name="stressor"), system.Z.columns)
    unit = pd.DataFrame({"unit": [unit for unit, *_ in STRESSORS.values()]}, F.index)
    system.unit["unit"] = "M.EUR"
    made = pymrio.IOSystem(Z=system.Z, Y=system.Y, unit=system.unit, satellite={"name": "satellite", "F": F, "unit": unit})
    folder = tmp_path_factory.mktemp("exiobase")
    made.save_all(folder / "saved")
    pymrio.archive(source=folder / "saved", archive=folder / "IOT_2011_ixi.zip", remove_source=False)
    return folder


@pytest.fixture(scope="module")
def oecd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the form of the tables of the OECD: three countries, two industries, value added, totals, and a column of discrepancies."""
    countries, industries = ["CHN", "USA", "ROW"], ["A01", "C10"]
    rows = [f"{c}_{k}" for c in countries for k in industries]
    rng = np.random.default_rng(1)
    Z = pd.DataFrame(rng.uniform(1, 5, (6, 6)) + 20 * np.eye(6), rows, rows)
    Y = pd.DataFrame(rng.uniform(10, 50, (6, 6)), rows, [f"{c}_{d}" for c in countries for d in ("HFCE", "GFCF")])
    whole = pd.concat([Z, Y], axis=1).assign(ALL_DISC=1.0)
    whole["TOTAL"] = whole.sum(axis=1)
    whole.loc["VALU"] = whole["TOTAL"].reindex(whole.columns).fillna(0.0) - Z.sum().reindex(whole.columns).fillna(0.0)
    file = tmp_path_factory.mktemp("oecd") / "ICIO2021_2018.csv"
    whole.rename_axis("V1").to_csv(file)
    return file


def _write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_stock_is_the_output_of_the_table(instance: Instance, table: Any) -> None:
    x = table.x["indout"].swaplevel().reindex(instance.cells.set_names(["sector", "region"]))
    assert instance.manifest.money == instance.manifest.output == "1e12 USD"
    np.testing.assert_allclose(instance.stock, x / 1e6, rtol=1e-8)  # Mill USD


def test_intensities_are_the_accounts_over_output(instance: Instance, table: Any) -> None:
    units = instance.tables["resources"].set_index("resource")["unit"].to_dict()
    assert units == {"primary-inputs": "1e12 USD", "emission_type1 - air": "1e6 kg", "emission_type2 - water": "1e6 kg"}
    for name in ("emission_type1", "emission_type2"):
        row = table.emissions.F.loc[name].iloc[0].swaplevel().reindex(instance.cells.set_names(["sector", "region"]))
        resource = next(r for r in units if r.startswith(name))
        np.testing.assert_allclose(instance.use(resource, 2020) * instance.stock, row / 1e6, rtol=1e-7)
    added = (table.x["indout"] - table.Z.sum()).swaplevel().reindex(instance.cells.set_names(["sector", "region"]))
    np.testing.assert_allclose(instance.use("primary-inputs", 2020) * instance.stock, added.clip(lower=0) / 1e6, rtol=1e-7)


def test_linkages_are_those_of_the_table(instance: Instance, table: Any) -> None:
    flow = table.Z.groupby(level="sector").sum().T.groupby(level="sector").sum().T
    expected = flow / table.x["indout"].groupby(level="sector").sum()
    stated = instance.tables["input_coefficients"].set_index(["supplier", "industry"])["coefficient"].unstack()
    np.testing.assert_allclose(stated, expected.loc[stated.index, stated.columns], rtol=1e-8)
    bought = table.Y.T.groupby(level="region").sum().T.groupby(level="sector").sum()
    shares = instance.tables["final_demand"].set_index(["industry", "region"])["share"].unstack()
    np.testing.assert_allclose(shares, bought.div(bought.sum(axis=1), axis=0).loc[shares.index, shares.columns], rtol=1e-6)
    rate = instance.industries["value_added_rate"]
    np.testing.assert_allclose(rate + expected.sum()[rate.index], 1.0, rtol=1e-6)


def test_scores_are_balassas_index_of_exports(instance: Instance, table: Any) -> None:
    used = table.Z.T.groupby(level="region").sum().T + table.Y.T.groupby(level="region").sum().T
    exports = pd.Series({(r, k): sum(row[s] for s in row.index if s != r) for (r, k), row in used.iterrows()})
    of_food = {r: exports[r, "food"] / exports[r].sum() for r in CODES}
    rca = of_food["reg6"] / (exports.xs("food", level=1).sum() / exports.sum())
    scores = instance.tables["scores"].set_index(["industry", "region"])["score"]
    assert scores["food", "reg6"] == pytest.approx((rca - 1) / (rca + 1))
    assert scores["food", "reg6"] > 0 > scores["food", "reg1"]


def test_what_the_table_does_not_say_is_marked(instance: Instance) -> None:
    for name, frame in instance.tables.items():
        entry = instance.manifest.tables[name]
        assert "testmrio (made up), read by pymrio" in entry.source
        assert entry.year == 2020
        assert frame["estimated"].all() if name in MADE_UP else not frame.get("estimated", pd.Series(False)).any(), name
        assert name not in MADE_UP or frame["source"].str.contains("assumed|computed|made up").all(), name
    assert instance.warnings == ()


def test_growth_and_headroom_are_as_stated(table: Any) -> None:
    stated = import_mrio("test", year=2015, periods=[2025, 2035], growth=0.01, headroom=0.2)
    assert stated.manifest.base_year == 2015
    assert stated.manifest.periods == (2025, 2035)
    food = stated.stock["food"].sum()
    assert stated.demand(2035)["food"] == pytest.approx(food * 1.01**20)
    today = (stated.use("emission_type1 - air", 2015) * stated.stock).groupby(level="region").sum()
    assert stated.capacities(2025)["emission_type1 - air", "reg2"] == pytest.approx(1.2 * 1.01**10 * today["reg2"])


def test_from_a_table_to_a_plan(tmp_path: Path) -> None:
    """Two commands."""
    command = CliRunner()
    done = command.invoke(app, ["import", "mrio", "test", str(tmp_path / "world")])
    assert done.exit_code == 0
    assert "6 regions, 8 industries, 3 resources; money in 1e12 USD" in done.output
    assert f"Next: layout-opt solve {tmp_path / 'world'} --model trade" in done.output
    solved = command.invoke(app, ["solve", str(tmp_path / "world"), "--model", "trade", "--out", str(tmp_path / "run")])
    assert solved.exit_code == 0
    run = read_run(tmp_path / "run")
    assert run.status == "optimal"
    assert run.verify().passed
    layout = run.tables["layout"]
    assert (layout["change"] < 0).sum() > 3
    assert layout.loc[layout["change"] > 0, "advantage"].mean() > layout.loc[layout["change"] < 0, "advantage"].mean()
    assert run.tables["transfers"]["output"].sum() > 0.01 * layout["output_before"].sum()
    assert (run.tables["resources"]["price"] > 0).any()


def test_linkages_serve_the_supply_chain(instance: Instance) -> None:
    run = solve(instance, define(policies={"chain": {"family": "supply_chain", "weight": -0.1}}))
    assert run.status == "optimal"
    met = run.tables["outcomes"].query("outcome == 'self_sufficiency'")["value"]
    assert met.between(0, 1).all()
    assert met.max() > 0.5


def test_regions_and_industries_are_summed_as_pymrio_sums_them(tmp_path: Path, table: Any) -> None:
    regions = _write(
        tmp_path / "regions.csv",
        "region,group,name_en,name_zh,plate,longitude,latitude",
        "reg1,north,The north,北方,N,10,60",
        "reg2,north,,,,,",
        "*,south,The south,南方,S,10,-20",
    )
    industries = _write(
        tmp_path / "industries.csv", "industry,group,name_zh", "food,,食品", "mining,goods,货物", "manufactoring,goods,", "*,rest,其他"
    )
    made = import_mrio("test", regions=regions, industries=industries)
    summed = table.copy()
    summed.aggregate(region_agg=["north"] * 2 + ["south"] * 4, sector_agg=["food", "goods", "goods"] + ["rest"] * 5)
    x = summed.x["indout"].swaplevel().reindex(made.cells.set_names(["sector", "region"])) / 1e6
    np.testing.assert_allclose(made.stock, x, rtol=1e-8)
    air = summed.emissions.F.iloc[0].swaplevel().reindex(x.index) / 1e6
    np.testing.assert_allclose(made.use("emission_type1 - air", 2020) * made.stock, air, rtol=1e-7)
    assert made.regions.loc["south", ["name_zh", "plate", "latitude"]].to_list() == ["南方", "S", -20]
    assert made.industries["name_zh"].to_list() == ["食品", "货物", "其他"]
    assert made.industries["name_en"].to_list() == ["food", "goods", "rest"]


def test_one_region_has_no_trade(tmp_path: Path) -> None:
    made = import_mrio("test", regions=_write(tmp_path / "regions.csv", "region,group,longitude,latitude", "*,all,0,0"))
    assert made.regions.index.to_list() == ["all"]
    assert {"scores", "freight"}.isdisjoint(made.tables)
    assert made.industries["local"].all()


def test_a_table_like_exiobase_has_countries_and_resources(exiobase: Path) -> None:
    made = import_mrio(exiobase / "IOT_2011_ixi.zip")
    assert made.manifest.base_year == 2011
    assert made.manifest.money.endswith(" EUR")
    china, rest = made.regions.loc["CN"], made.regions.loc["WA"]
    assert (china["name_en"], china["name_zh"], china["plate"], china["estimated"]) == ("China", "中国", "Asia", False)
    assert (rest["name_en"], rest["estimated"]) == ("Rest of Asia and Pacific", True)
    assert made.distance.loc["DE", "FR"] == pytest.approx(878, abs=5)  # Berlin to Paris
    assert made.plates == ["Asia", "Europe", "North America", "South America"]
    raw = pymrio.load_all(exiobase / "saved").satellite.F
    for resource in ("carbon", "energy", "labour"):
        parts = sum(raw.loc[row] * factor for row, (_, own, factor) in STRESSORS.items() if own == resource)
        expected = parts.swaplevel().reindex(made.cells.set_names(["sector", "region"]))
        np.testing.assert_allclose(made.use(resource, 2011) * made.stock, expected, rtol=1e-7)
    assert made.tables["resources"]["resource"].to_list() == ["primary-inputs", "carbon", "energy", "labour"]


@pytest.mark.parametrize("form", ["auto", "exiobase3"])
def test_folder_and_archive_are_the_same_table(exiobase: Path, form: str) -> None:
    folder = import_mrio(exiobase / "saved", form=form, year=2011)
    archive = import_mrio(exiobase / "IOT_2011_ixi.zip", form=form)
    assert [list(t) for t in (folder.tables, archive.tables)] == [list(archive.tables)] * 2
    pd.testing.assert_frame_equal(folder.tables["cell_intensities"], archive.tables["cell_intensities"])


def test_countries_of_a_group_lie_in_their_middle(exiobase: Path, tmp_path: Path) -> None:
    regions = _write(tmp_path / "regions.csv", "region,group", "DE,Europe", "FR,Europe", "CN,", "*,Others")
    made = import_mrio(exiobase / "IOT_2011_ixi.zip", regions=regions)
    europe = made.regions.loc["Europe"]
    assert 2.3 < europe["longitude"] < 13.4
    assert 48.8 < europe["latitude"] < 52.6
    assert (europe["plate"], europe["estimated"], made.regions.at["CN", "name_en"]) == ("Europe (plate)", True, "China")
    assert made.label("groups", "Europe (plate)", "zh") == "欧洲"


def test_a_table_like_those_of_the_oecd(oecd: Path) -> None:
    made = import_mrio(oecd)
    raw = pd.read_csv(oecd, index_col=0)
    assert made.manifest.base_year == 2018
    assert made.manifest.money == "1e6 USD"
    assert made.stock["C10", "USA"] == pytest.approx(raw.at["USA_C10", "TOTAL"])  # discrepancies are output
    use = made.use("primary-inputs", 2018) * made.stock
    assert use["A01", "CHN"] == pytest.approx(raw.at["VALU", "CHN_A01"])
    assert made.tables["resources"]["resource"].to_list() == ["primary-inputs"]
    assert made.regions["name_en"].to_list() == ["China", "Rest of the world", "United States"]
    assert solve(made, "trade").status == "optimal"


def test_a_file_chooses_rows_of_accounts(exiobase: Path, tmp_path: Path) -> None:
    head = "resource,name_en,name_zh,unit,account,row,account_unit,factor"
    file = _write(
        tmp_path / "resources.csv", head, "methane,Methane,甲烷,t,satellite,CH4*,kg,0.001", "jobs,Jobs,岗位,1000 p.,*,Employment:*,1000 p.,1"
    )
    made = import_mrio(exiobase / "IOT_2011_ixi.zip", resources=file)
    assert made.tables["resources"]["unit"].to_list()[1:] == ["t", "1000 p."]
    raw = pymrio.load_all(exiobase / "saved").satellite.F
    assert (made.use("methane", 2011) * made.stock).sum() == pytest.approx(raw.loc["CH4 - combustion - air"].sum() / 1000)


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (["region,group", "reg1,a", "reg9,a"], ["row 3, column region: not in the table that is imported (value: 'reg9')", "no row for 'reg2'"]),
        (["region,group,plate", "reg1,a,N", "reg2,a,S", "*,b,S"], ["row 3, column plate: two values for the group 'a' (value: 'S')"]),
        (["region,group,longitude", "*,all,200"], ["row 2, column longitude: must be at most 180"]),
        (["region,group", "reg1,a", "*,"], ["row 3, column group: the row '*' has no group"]),
        (["region,groups", "*,all"], ["unknown column 'groups'. Did you mean 'group'?"]),
        (["region,group", "*,all"], ["no country of this code or name is known: reg1, reg2, reg3"]),
    ],
)
def test_faults_of_a_file_of_regions(tmp_path: Path, lines: list[str], faults: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        import_mrio("test", regions=_write(tmp_path / "regions.csv", *lines))
    for fault in faults:
        assert fault in str(caught.value)
    assert "regions.csv" in str(caught.value)


def test_faults_of_a_file_of_resources(tmp_path: Path) -> None:
    head = "resource,name_en,name_zh,unit,account,row,account_unit,factor"
    file = _write(
        tmp_path / "resources.csv",
        head,
        "a,A,A,t,emissions,emission_type3*,kg,0.001",
        "b,B,B,t,emissions,emission_type1*,t,1",
        "b,B,B,kg,emissions,emission_type2*,kg,1",
    )
    with pytest.raises(InputError) as caught:
        import_mrio("test", resources=file)
    assert "resources.csv, row 2, column row: no row of the accounts is called so (value: 'emission_type3*')" in str(caught.value)
    assert "row 4, column unit: two units for 'b' (value: 'kg'). Another row has 't'" in str(caught.value)
    assert "row 3, column account_unit: units disagree: 'emission_type1 - air' (value: 't'). State 'kg'" in str(caught.value)


def test_what_cannot_be_read_is_refused(exiobase: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no table", encoding="utf-8")
    (tmp_path / "file_parameters.json").write_text("{}", encoding="utf-8")
    for source, words in (
        (tmp_path / "absent", "no such file or folder"),
        (tmp_path / "notes.txt", "the names of the files do not tell what table it is"),
        (tmp_path, "pymrio cannot read it as pymrio"),
        (exiobase / "saved", "do not say of what year the table is"),
    ):
        with pytest.raises(InputError, match=words):
            import_mrio(source)
    with pytest.raises(InputError, match=r"absent\.csv: no such file\. Give a CSV file"):
        import_mrio("test", industries=tmp_path / "absent.csv")
    with pytest.raises(InputError, match="Did you mean 'exiobase3'"):
        import_mrio(exiobase / "saved", form="exiobase")


def test_a_hybrid_table_is_refused(exiobase: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exiobase / "saved", tmp_path / "hybrid"))
    unit = (folder / "unit.txt").read_text(encoding="utf-8")
    (folder / "unit.txt").write_text(unit.replace("M.EUR", "t", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"several units \(M\.EUR, t\)"):
        import_mrio(folder, year=2011)


def test_a_table_without_a_unit_is_refused(exiobase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = pymrio.load_all(exiobase / "saved")
    system.unit = None
    monkeypatch.setattr(pymrio, "load_all", lambda *_: system)
    with pytest.raises(InputError, match="states no unit of money"):
        import_mrio(exiobase / "IOT_2011_ixi.zip")


def test_what_pymrio_misses_is_a_warning(exiobase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = pymrio.load_all

    def missing(path: Path) -> Any:
        import warnings

        warnings.warn("Extension data for AIR_ not found - Extension not included", UserWarning, stacklevel=1)
        return load(path)

    monkeypatch.setattr(pymrio, "load_all", missing)
    made = import_mrio(exiobase / "IOT_2011_ixi.zip")
    assert "pymrio: Extension data for AIR_ not found" in str(made.warnings[0])


def test_accounts_of_which_none_is_known_are_told(exiobase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = pymrio.load_all(exiobase / "saved")
    names = pd.Index([f"something {n}" for n in range(11)], name="stressor")
    system.satellite.F = pd.DataFrame(1.0, names, system.Z.columns)
    system.satellite.unit = pd.DataFrame({"unit": "t"}, names)
    monkeypatch.setattr(pymrio, "load_all", lambda *_: system)
    made = import_mrio(exiobase / "IOT_2011_ixi.zip")
    assert made.tables["resources"]["resource"].to_list() == ["primary-inputs"]
    assert "none of the 11 rows of its accounts is known as a resource: choose some with --resources" in str(made.warnings[0])


def test_without_pymrio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymrio", None)
    with pytest.raises(InputError, match=r"package 'pymrio' is missing\. Install it: pip install 'layout-opt\[mrio\]'"):
        import_mrio("test")


def test_nothing_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "mine.xlsx").write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(app, ["import", "mrio", "absent", str(tmp_path / "mine.xlsx")])
    assert isinstance(done.exception, InputError)
    assert "exists already" in str(done.exception)


def test_an_import_may_be_a_workbook(tmp_path: Path, instance: Instance) -> None:
    done = CliRunner().invoke(app, ["import", "mrio", "test", str(tmp_path / "world.xlsx"), "--periods", "2030"])
    assert done.exit_code == 0
    assert load_instance(tmp_path / "world.xlsx").stock.equals(instance.stock)
    assert json.loads(json.dumps(load_instance(tmp_path / "world.xlsx").manifest.periods)) == [2030]
