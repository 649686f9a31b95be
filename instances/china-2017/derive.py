"""Makes every CSV table of this instance again from the folder of raw data.

    python instances/china-2017/derive.py RAW_FOLDER [OUT_FOLDER]

The tables of single policies are made by `derivations/*.py`, each a function `tables(raw_folder, made)` of the tables made so far.

Methods, sources and limits are told in README.md. Figures that no raw file carries (names, costs, zone rules, recollected
official figures) stand in `assumptions/*.csv` and in the constants below, each with its source.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
BASE, END = 2017, 2030

# --- growth -----------------------------------------------------------------------------------------------------------
# Real GDP growth 2018, 2019, 2020 (NBS, final revisions, recollected); from 2020 on SSP2 of the raw folder.
OBSERVED_GROWTH = 1.0675 * 1.0595 * 1.0224
SCENARIO = "SSP2"
# Elasticity of an industry's demand to the whole: part of what the tables of 2017 and 2020 show, the rest 1.
ELASTICITY_WEIGHT, ELASTICITY_BOUNDS = 0.4, (0.4, 1.15)

# --- yearly fall of the intensities, from the official targets per unit of GDP or industrial value added (recollected) ---
IMPROVEMENT = {
    "energy": 0.029,  # 14th plan: -13.5 % in five years
    "co2": 0.039,  # 14th plan: -18 % in five years
    "water": 0.0375,  # 14th plan: -16 % per industrial value added; strictest-water-management rule: -30 % in 2010-2015
    "land": 0.044,  # 13th plan: construction land per GDP -20 % in five years
    "cultivated-land": 0.042,  # rise of farm output per area, a little above the 4 % real growth of farming in 2010-2017 (assumed)
}
# The power sector's water falls faster: wind and sun need none, and new stations recirculate theirs (assumed).
POWER_WATER_IMPROVEMENT = 0.05

# --- energy -----------------------------------------------------------------------------------------------------------
HOUSEHOLD_ENERGY_SHARE = 0.126  # 2017: 576 of 4,558 million tce (NBS, recollected)
HOUSEHOLD_ENERGY_GROWTH = 0.02  # a year, assumed
NATIONAL_ENERGY_INCREMENT_2030 = 100_000  # 1e4 tce: ceiling 6.0 bn tce in 2030 against 5.0 bn in 2020
TIBET_ENERGY_2015, TIBET_ENERGY_INCREMENT = 420.0, 100.0  # 1e4 tce, not in the document, assumed

# --- carbon -----------------------------------------------------------------------------------------------------------
TIBET_CO2_PER_TCE = 1.5  # t CO2 per tce: no inventory; below the national 2.4 since its power is from water and sun
# Ceiling of 2030 over the load of 2017. The nation stays below what the -65 % intensity target (2005-2030) allows.
CO2_PATH = {"East": 0.96, "Central": 1.26, "West": 1.30, "Northeast": 1.06}

# --- water ------------------------------------------------------------------------------------------------------------
INDUSTRY_WATER_2017, LIVING_WATER_2017 = 1277.0, 838.1  # 1e8 m3, Water Resources Bulletin 2017 (recollected)
PRODUCTION_SHARE_OF_LIVING = 0.25  # services and construction within "living" use, assumed
HOUSEHOLD_WATER_GROWTH = 0.015  # a year, assumed
ECOLOGY_WATER_GROWTH = 0.05  # a year, assumed (103 in 2014, about 225 in 2030)
FARM_WATER_SAVING = 0.07  # by 2030 against 2014, from better irrigation, assumed (3,869 in 2014, 3,612 in 2020, recollected)
WATER_RESERVE = 0.05  # kept back by the provinces for dry years, assumed
YELLOW_RIVER_ALLOCATION = 370.0  # 1e8 m3 of consumption, scheme of 1987 (国办发〔1987〕61号)
YELLOW_RIVER_PRODUCTION = {2017: 0.172, 2020: 0.172, 2025: 0.178, 2030: 0.184}  # share of industry and services, assumed
YELLOW_RIVER_CONSUMPTION = 0.72  # consumption over withdrawal of industry and services, assumed
YANGTZE_POOL = 0.90  # shared cap over the sum of its members' own caps, assumed

# --- land -------------------------------------------------------------------------------------------------------------
CONSTRUCTION_LAND_2017 = 395_700.0  # km2 (39.57 million ha), land survey of 2017 (recollected)
DEVELOPMENT_INTENSITY_2030 = 0.0462  # 全国国土规划纲要（2016—2030年）
TERRITORY = 9_600_000.0  # km2
CULTIVATED_2019, CULTIVATED_2030 = 19.18, 18.25  # 1e8 mu: third survey; kept in 2030 by the same outline
CULTIVATED_KEPT = {year: 1 + (CULTIVATED_2030 / CULTIVATED_2019 - 1) * (year - BASE) / (END - BASE) for year in (2017, 2020, 2025, 2030)}
CULTIVATED_PART = 0.5  # part of newly built land that is taken from cultivated land, assumed
LAND_GROWTH = {"East": 0.06, "Central": 0.16, "West": 0.21, "Northeast": 0.08}  # before scaling to the national ceiling
LAND_CAPPED = ("Beijing", "Shanghai")  # their city plans forbid any growth of construction land

UNZONED_WEIGHT = 2.0  # weight of the area of a province outside the zones of the national plan
ECOLOGICAL_MOST = 0.25  # highest share of activity that can lie in ecological zones
MARGIN = 1.001  # rounding margin of the ceilings that stand at the base-year load

PLATES = {"东部": "East", "中部": "Central", "西部": "West", "东北": "Northeast"}
RESOURCES = [
    ("water", "Water withdrawal of industry, construction and services", "工业及其他非农生产用水", "1e8 m3"),
    ("energy", "Energy use without households", "生产用能总量", "1e4 tce"),
    ("co2", "Direct CO2 emissions without households", "生产部门二氧化碳直接排放", "Mt"),
    ("land", "Construction land", "建设用地", "km2"),
    ("cultivated-land", "Cultivated land", "耕地", "km2"),
]
UNITS = {name: unit for name, _, _, unit in RESOURCES}
# Sectors of the provincial tables and their codes in the national table; 35 stands for 35 and 36.
SECTORS = {
    "Agriculture, forestry, husbandry & fishery": "01", "Coal mining": "02", "Petro & gas extraction": "03",
    "Metal ores mining": "04", "Nonmetal and other ores mining": "05", "Food & tobacco processing": "06",
    "Textile": "07", "Leather, fur & feather": "08", "Timber & furniture": "09",
    "Paper, printing and culture, education and sport items": "10", "Fuel processing": "11", "Chemical manuf.": "12",
    "Non-metallic mineral manuf.": "13", "Metal smelting & processing": "14", "Metal manuf.": "15",
    "Machinery, general": "16", "Machinery, specialized": "17", "Equipments, transport": "18",
    "Electrical machinery & equipment": "19", "Electronic & computer equipments": "20",
    "Instruments, measurement": "21", "Recyclying": "22", "Power & heat prod. & distr.": "24",
    "Gas prod. & distr.": "25", "Construction": "27", "Wholesale & retail": "28",
    "Transport, storage & postal services": "29", "Accommodation & catering": "30",
    "Information & software services": "31", "Finance": "32", "Real estate": "33",
    "Leasing and commercial services": "34", "Scientific research & Polytechnic services": "35",
    "Administration of water, environment & public facilities": "37", "Resident, repair & other services": "38",
    "Education": "39", "Health care & social work": "40", "Culture, sports & entertainment": "41",
    "Public administration, social insurance & organizations": "42",
}  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------
def assumption(name: str, **options) -> pd.DataFrame:
    """A hand-written table of the folder `assumptions`."""
    return pd.read_csv(HERE / "assumptions" / f"{name}.csv", **options)


def national_table(raw: Path, year: int) -> pd.DataFrame:
    """Gross output and value added of the 41 sectors (35 and 36 joined) in 1e8 CNY."""
    table = pd.read_csv(raw / "io_national" / f"china_{year}_42.csv", dtype={"Code": str}).set_index("Code")
    codes = [f"{i:02d}" for i in range(1, 43)]
    frame = pd.DataFrame({"output": table.loc["TI", codes], "value_added": table.loc["TVA", codes]}).astype(float) / 1e4
    return frame.groupby(frame.index.str.replace("36", "35")).sum()


class Raw:
    """What the raw folder says, indexed by region and by sector code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.regions = assumption("regions").set_index("region")
        self.names = list(self.regions.index)
        zh = dict(zip(self.regions.province_zh, self.names, strict=True))
        self.zh = zh
        self.io, self.io_2020 = national_table(folder, 2017), national_table(folder, 2020)
        self.industries = assumption("industries", dtype={"io_codes": str}).set_index("industry")
        self.industry_of = {code: industry for industry, codes in self.industries.io_codes.items() for code in codes.split() if code != "36"}
        gdp = pd.read_csv(folder / "province_panel/pik_historical_gdp.csv", comment="#").set_index("region")
        people = pd.read_csv(folder / "province_panel/pik_historical_population.csv", comment="#").set_index("region")
        self.gdp = self.by_name(gdp["2017"], "pik_name")
        self.population = self.by_name(people["2017"], "pik_name") * 1e4
        nodes = pd.read_csv(folder / "ceads_mrio_partial/nodes_2017_union.csv")
        nodes["region"], nodes["code"] = nodes.province_zh.map(zh), nodes.sector.map(SECTORS)
        self.observed = self.grid(nodes, "gross_output") / 1e4
        self.observed_value_added = self.grid(nodes, "value_added") / 1e4
        co2 = pd.read_csv(folder / "ceads_co2/province_sector_scope1_co2_2012_2019.csv").query("year == 2017")
        co2 = co2[~co2.sector.isin(["Total Consumption", "Total Emissions", "Urban", "Rural"])]
        self.co2_total = co2.groupby("province_zh").scope1_co2_mt.sum().rename(index=zh).reindex(self.names)
        co2 = co2.assign(region=co2.province_zh.map(zh))
        self.co2 = co2.pivot(index="sector", columns="region", values="scope1_co2_mt").reindex(columns=self.names)
        self.panel = pd.read_csv(folder / "province_panel/wangmeng_raw_data.csv", encoding="utf-8-sig")
        plates = pd.read_csv(folder / "regions/province_groups.csv").assign(region=lambda t: t.province_zh.map(zh))
        self.groups = plates.set_index("region").reindex(self.names)
        self.plate = self.groups.plate_nbs.map(PLATES)
        water = pd.read_csv(folder / "water_emissions/province_water_cod_2005_2014.csv").query("year == 2014")
        self.water = water.assign(region=water.province_zh.map(zh)).set_index("region").reindex(self.names)
        caps = pd.read_csv(folder / "water_caps/water_use_control_targets_guobanfa2013_2.csv")
        self.water_caps = caps.assign(region=caps.province_zh.map(zh)).set_index("region").reindex(self.names)
        caps = pd.read_csv(folder / "energy_caps/dual_control_13fyp_guofa2016_74.csv")
        self.energy_caps = caps.assign(region=caps.province_zh.map(zh)).set_index("region").reindex(self.names)
        field = pd.read_csv(folder / "land/cultivated_land_third_survey_2019.csv")
        self.cultivated = field.set_index(field.province_zh.map(zh)).cultivated_land_mha.reindex(self.names) * 1e4  # km2
        points = pd.read_csv(folder / "geometry/province_points.csv")
        self.points = points.set_index(points.province_zh.map(zh)).reindex(self.names)

    def by_name(self, series: pd.Series, column: str) -> pd.Series:
        """The series by region, from a source that spells its regions as `column` says (in large or small letters)."""
        named = series.rename(index=str.lower).reindex(self.regions[column].str.lower())
        return pd.Series(named.to_numpy(float), index=self.names)

    def grid(self, nodes: pd.DataFrame, value: str) -> pd.DataFrame:
        """Sector by region, empty where the source lists nothing."""
        return nodes.pivot(index="code", columns="region", values=value).reindex(index=self.io.index, columns=self.names)

    def panel_year(self, column: str, year: int) -> pd.Series:
        """A column of the provincial panel in one year."""
        return self.by_name(self.panel[self.panel.Year == year].set_index("Province")[column], "panel_name")

    def spread(self, values: pd.Series | pd.DataFrame, sectors: pd.DataFrame) -> pd.DataFrame:
        """Sums over the source's own sectors, spread over the codes that each of them covers by national output."""
        frame = pd.DataFrame(values)
        parts = []
        for name, codes in zip(sectors.iloc[:, 0], sectors.io_codes, strict=True):
            weight = self.io.output.reindex([code for code in codes.split() if code != "36"])
            parts.append(pd.DataFrame(np.outer(weight / weight.sum(), frame.loc[name]), weight.index, frame.columns))
        return pd.concat(parts).groupby(level=0).sum()

    def merged(self, frame: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
        """Sums over the sectors of each industry."""
        return frame.groupby(frame.index.map(self.industry_of)).sum().reindex(self.industries.index)


# --- stock ------------------------------------------------------------------------------------------------------------
def prior(raw: Raw) -> pd.DataFrame:
    """A first guess of where each sector stands: shares by region, from GDP and from traces in energy statistics."""
    gdp = raw.gdp / raw.gdp.sum()
    guess = pd.DataFrame([gdp] * len(raw.io), index=raw.io.index)
    trace = raw.spread(raw.co2.fillna(0), assumption("co2_sectors", dtype={"io_codes": str}))
    trace = trace.div(trace.sum(axis="columns"), axis="index")
    for code in raw.io.index[raw.io.index <= "22"]:
        guess.loc[code] = np.sqrt(gdp * (0.1 * gdp + 0.9 * trace.loc[code]))
    coal = raw.panel_year("Raw coal production from Long", BASE).fillna(0)
    gas = raw.panel_year("Natural gas production from Long", BASE).fillna(0)
    guess.loc["02"] = coal / coal.sum()
    guess.loc["03"] = 0.5 * trace.loc["03"] + 0.5 * gas / gas.sum()
    guess.loc["04"] = 0.9 * trace.loc["04"] + 0.1 * gdp
    return guess


def gross_output(raw: Raw) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Output by industry and region, and where it is observed in every part.

    What the provincial tables do not list is filled by iterated proportional fitting in value added: the sectors' remainders
    (national less listed) are met exactly, the regions' remainders (GDP less listed) as nearly as the zeros allow.
    """
    missing = raw.observed.isna()
    rate = raw.io.value_added / raw.io.output
    gap = (raw.io.output - raw.observed.sum(axis="columns")).clip(lower=0)
    rows = (gap * rate).where(missing.any(axis="columns"), 0.0)
    scaled = raw.gdp * raw.io.value_added.sum() / raw.gdp.sum()
    columns = scaled - raw.observed_value_added.sum()
    columns *= rows.sum() / columns.sum()
    fill = (prior(raw) * missing).mul(rows, axis="index")
    for _ in range(500):
        fill = fill.mul((columns / fill.sum()).fillna(0), axis="columns")
        fill = fill.mul((rows / fill.sum(axis="columns")).fillna(0), axis="index")
    output = raw.observed.fillna(0) + fill.div(rate, axis="index")
    return raw.merged(output).round(2), raw.merged(missing.astype(int)) == 0


# --- demand -----------------------------------------------------------------------------------------------------------
def growth(raw: Raw) -> dict[int, float]:
    """Real GDP over that of 2017."""
    total = pd.read_excel(raw.folder / "raw/pypsa_pik/SSPs_GDP_Prov_v2.xlsx", sheet_name=SCENARIO).set_index("region").sum()
    return {year: float(OBSERVED_GROWTH * total[year] / total[2020]) for year in (2020, 2025, 2030)}


def demand(raw: Raw) -> pd.DataFrame:
    """Industry by year: all industries together grow as GDP does, each at its own elasticity."""
    first, then = raw.merged(raw.io.output), raw.merged(raw.io_2020.output)
    shown = np.log(then / first) / np.log(then.sum() / first.sum())
    elasticity = (1 - ELASTICITY_WEIGHT) + ELASTICITY_WEIGHT * shown.clip(*ELASTICITY_BOUNDS)
    elasticity = np.minimum(elasticity, raw.industries.elasticity_cap)
    years = {}
    for year, factor in growth(raw).items():
        low, high = 0.0, 3.0  # bisection on the exponent that all industries share
        for _ in range(60):
            middle = (low + high) / 2
            grown = first * factor ** (middle * elasticity)
            low, high = (middle, high) if grown.sum() < factor * first.sum() else (low, middle)
        years[year] = (first * factor ** (low * elasticity)).round(1)
    return pd.DataFrame(years)


# --- loads of the base year --------------------------------------------------------------------------------------------
def energy_by_sector(raw: Raw) -> pd.Series:
    """National energy use of 2013 by sector; sectors left empty in 2013 stand at their use of 2012 grown as manufacturing."""
    table = pd.read_csv(raw.folder / "national_sector/分行业能源消费总量.csv", index_col=0)
    table.columns = table.columns.str.removesuffix("能源消费总量")
    last, before = table.loc["2013年"], table.loc["2012年"]
    filled = last.fillna(before * last["制造业"] / before["制造业"])
    sectors = assumption("energy_sectors", dtype={"io_codes": str})
    use = raw.spread(filled[sectors.column], sectors).iloc[:, 0]
    factories = sectors.column[sectors.io_codes.between("06", "22")]
    rest = filled["制造业"] - filled[factories].sum()  # rubber and plastics, railway equipment, ships, aircraft, repair
    use["12"] += 0.8 * rest
    use["18"] += 0.2 * rest
    return raw.merged(use)


def household_energy(raw: Raw, year: int) -> pd.Series:
    """Energy use of households, half by people and half by total energy use of 2017."""
    total = raw.panel_year("Total energy consumption", BASE)
    share = 0.5 * raw.population / raw.population.sum() + 0.5 * total / total.sum()
    return HOUSEHOLD_ENERGY_SHARE * total.sum() * share * (1 + HOUSEHOLD_ENERGY_GROWTH) ** (year - BASE)


def base_loads(raw: Raw) -> pd.DataFrame:
    """Loads of 2017 by region and resource, which intensities and factors reproduce."""
    energy = raw.panel_year("Total energy consumption", BASE) - household_energy(raw, BASE)
    co2 = raw.co2_total.fillna(TIBET_CO2_PER_TCE * energy / 100)
    industry = raw.water.industry_use_1e8m3 * INDUSTRY_WATER_2017 / raw.water.industry_use_1e8m3.sum()
    living = raw.water.living_use_1e8m3 * LIVING_WATER_2017 / raw.water.living_use_1e8m3.sum()
    land = raw.regions.construction_land_2017 * CONSTRUCTION_LAND_2017 / raw.regions.construction_land_2017.sum()
    water = industry + PRODUCTION_SHARE_OF_LIVING * living
    return pd.DataFrame({"water": water, "energy": energy, "co2": co2, "land": land.round(0), "cultivated-land": raw.cultivated})


def intensities(raw: Raw, stock: pd.DataFrame, loads: pd.DataFrame) -> pd.DataFrame:
    """National use per unit of output, industry by resource; scaled to the sum of the loads."""
    output = stock.sum(axis="columns")
    co2 = raw.spread(raw.co2.fillna(0), assumption("co2_sectors", dtype={"io_codes": str})).sum(axis="columns")
    relative = pd.DataFrame(
        {
            "water": raw.industries.water_weight,
            "energy": energy_by_sector(raw) / output,
            "co2": raw.merged(co2) / output,
            "land": raw.industries.land_weight,
            "cultivated-land": (raw.industries.index == "agriculture").astype(float),
        }
    )
    scaled = relative * loads.sum() / relative.mul(output, axis="index").sum()
    return scaled.map(lambda value: float(f"{value:.6g}"))


# --- ceilings ---------------------------------------------------------------------------------------------------------
def water_ceilings(raw: Raw, load: pd.Series) -> pd.DataFrame:
    """Official ceilings less farming, households, ecology and a reserve; never below today's output at target
    efficiency: where farming has used up the ceiling, farming has to give way."""
    water = raw.water
    years = {2017: raw.water_caps.cap_2015_1e8m3, 2020: raw.water_caps.cap_2020_1e8m3, 2030: raw.water_caps.cap_2030_1e8m3}
    years[2025] = (years[2020] + years[2030]) / 2
    out = {}
    for year in (2017, 2020, 2025, 2030):
        households = (1 - PRODUCTION_SHARE_OF_LIVING) * water.living_use_1e8m3 * (1 + HOUSEHOLD_WATER_GROWTH) ** (year - 2014)
        ecology = water.ecology_use_1e8m3 * (1 + ECOLOGY_WATER_GROWTH) ** (year - 2014)
        farming = water.agri_use_1e8m3 * (1 - FARM_WATER_SAVING * (year - 2014) / (END - 2014))
        left = (1 - WATER_RESERVE) * years[year] - farming - households - ecology
        out[year] = np.maximum(left, MARGIN * load * (1 - IMPROVEMENT["water"]) ** (year - BASE))
    return pd.DataFrame(out)


def energy_ceilings(raw: Raw, load: pd.Series) -> pd.DataFrame:
    """Use of 2015 plus the permitted increments, less households; after 2020 the increments are those of 2015-2020 in
    proportion."""
    start = raw.panel_year("Total energy consumption", 2015).fillna(TIBET_ENERGY_2015)
    step = raw.energy_caps.increment_cap_2020_1e4tce.fillna(TIBET_ENERGY_INCREMENT)
    later = step * NATIONAL_ENERGY_INCREMENT_2030 / step.sum()
    total = {2017: start + 0.4 * step, 2020: start + step, 2025: start + step + later / 2, 2030: start + step + later}
    out = pd.DataFrame({year: value - household_energy(raw, year) for year, value in total.items()})
    out[2017] = np.maximum(out[2017], MARGIN * load)
    return out


def ceilings(raw: Raw, loads: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Region by year for each resource that has ceilings by year."""
    path = raw.plate.map(CO2_PATH)
    co2 = {year: MARGIN * loads.co2 * (1 + (path - 1) * (year - BASE) / (END - BASE)) for year in (2017, 2020, 2025, 2030)}
    return {
        "water": water_ceilings(raw, loads.water),
        "energy": energy_ceilings(raw, loads.energy),
        "co2": pd.DataFrame(co2),
        "cultivated-land": pd.DataFrame({year: MARGIN * loads["cultivated-land"] * kept for year, kept in CULTIVATED_KEPT.items()}),
    }


def basin_ceilings(raw: Raw, water: pd.DataFrame, loads: pd.Series, members: pd.DataFrame) -> pd.DataFrame:
    """Shared ceilings of the two basins by year, never below the basin's load of the base year in that year."""
    share = members.pivot(index="group", columns="region", values="share").reindex(columns=raw.names).fillna(0)
    yangtze = YANGTZE_POOL * water.mul(share.loc["yangtze"], axis="index").sum()
    yellow = pd.Series(YELLOW_RIVER_PRODUCTION) * YELLOW_RIVER_ALLOCATION / YELLOW_RIVER_CONSUMPTION
    out = pd.DataFrame({"yangtze": yangtze, "yellow-river": yellow}).T
    for group in out.index:
        out.loc[group, BASE] = max(out.loc[group, BASE], MARGIN * float((share.loc[group] * loads).sum()))
    return out


def most_developed(raw: Raw, land: pd.Series) -> pd.Series:
    """Ceilings of the development intensity: growth by plate, scaled to the national 4.62 %, held by cultivated land."""
    wish = land * raw.plate.map(LAND_GROWTH)
    wish[list(LAND_CAPPED)] = 0.0
    field = raw.cultivated * (1 - CULTIVATED_2030 / CULTIVATED_2019) / CULTIVATED_PART
    room = DEVELOPMENT_INTENSITY_2030 * TERRITORY - land.sum()
    growth_of = wish
    for _ in range(50):
        growth_of = np.minimum(growth_of * room / growth_of.sum(), field)
    return np.ceil((land * MARGIN + growth_of) / raw.regions.area * 1e5) / 1e5


# --- tables -----------------------------------------------------------------------------------------------------------
def long(frame: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """A wide frame as rows, in the frame's own order."""
    named = frame.rename_axis(index=row, columns=column)
    return named.stack().rename(value).reset_index()


def zone_shares(raw: Raw) -> pd.DataFrame:
    """Shares of activity by zone: a weight for each zone of the national plan that a region takes part in."""
    zones = assumption("zones").set_index("zone")
    plan = pd.read_csv(raw.folder / "regions/functional_zones_2010.csv")
    plan["region"] = plan.province_zh.map(raw.zh)
    count = plan.groupby(["region", "zone_class"]).size().unstack(fill_value=0).reindex(raw.names).fillna(0)
    weight = count.mul(zones.weight, axis="columns")[list(zones.index)]
    share = weight.div(weight.sum(axis="columns") + UNZONED_WEIGHT, axis="index")
    share["ecological"] = share.ecological.clip(upper=ECOLOGICAL_MOST)
    table = long(share.round(3), "region", "zone", "share").query("share > 0")
    return table.assign(estimated="yes")


def zone_rules() -> pd.DataFrame:
    """One row for each zone and industry that has a rule."""
    rules = assumption("zone_rules").assign(industry=lambda t: t.industries.str.split()).explode("industry")
    return rules[["zone", "industry", "rule", "ratio", "note"]].assign(estimated="yes")


def membership(raw: Raw) -> pd.DataFrame:
    """The hand-written shares, and the two strategies whose members the raw folder lists."""
    table = assumption("membership")
    table["estimated"] = np.where(table.note == "whole region", "no", "yes")
    strategies = {"yangtze-belt": "yangtze_belt11", "yellow-river-belt": "yellow_river9"}
    rows = [
        (group, region, 1.0, "whole region", "no") for group, column in strategies.items() for region in raw.names if raw.groups.loc[region, column]
    ]
    return pd.concat([table, pd.DataFrame(rows, columns=table.columns)], ignore_index=True)


def capacities(raw: Raw, loads: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Ceilings of regions and basins by year, with the way each was made."""
    how = {
        "water": "official ceiling less farming, households, ecology and reserve",
        "energy": "use of 2015 plus permitted increments less households",
        "co2": "load of 2017 times the plate's path",
        "cultivated-land": "area of the third survey times the share that the nation keeps",
    }
    limits = ceilings(raw, loads)
    rows = []
    for resource, frame in limits.items():
        for region in raw.names:
            for year in sorted(frame.columns):
                least = MARGIN * loads.loc[region, resource]
                if resource == "water":
                    least *= (1 - IMPROVEMENT["water"]) ** (year - BASE)
                at_load = resource != "co2" and (year == BASE or resource == "water") and frame.loc[region, year] <= least
                note = how[resource]
                if at_load:
                    note = "load of 2017" if year == BASE else "load of today's output at target efficiency: farming gives way"
                rows.append((resource, region, year, round(frame.loc[region, year], 2), UNITS[resource], "yes", note))
    basins = basin_ceilings(raw, limits["water"], loads.water, members)
    notes = {"yangtze": "part of the members' ceilings", "yellow-river": "scheme of 1987, part of industry and services"}
    for group in basins.index:
        for year in sorted(basins.columns):
            rows.append(("water", group, year, round(basins.loc[group, year], 2), UNITS["water"], "yes", notes[group]))
    return pd.DataFrame(rows, columns=["resource", "place", "year", "capacity", "unit", "estimated", "note"])


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """All tables of the instance by name."""
    raw = Raw(folder)
    stock, seen = gross_output(raw)
    loads = base_loads(raw)
    per_output = intensities(raw, stock, loads)
    expected = stock.T @ per_output
    factor = (loads / expected).round(5)
    reached = expected * factor
    members = membership(raw)
    costs = raw.industries.drop(columns=["io_codes", "elasticity_cap", "water_weight", "land_weight"])
    rate = raw.merged(raw.io.value_added) / raw.merged(raw.io.output)
    costs.insert(2, "value_added_rate", rate.round(5))
    costs.insert(3, "indivisible", "no")
    costs["max_projects"] = costs.max_projects.astype("Int64")
    costs["estimated"], costs["note"] = "yes", "value_added_rate is published, the rest assumed"
    regions = pd.DataFrame(
        {
            "name_en": raw.names,
            "name_zh": raw.regions.name_zh,
            "plate": raw.plate,
            "longitude": raw.points.seat_lon_cpca.round(3),
            "latitude": raw.points.seat_lat_cpca.round(3),
            "area": raw.regions.area,
            "population": raw.population.round(0).astype(int),
            "max_development": most_developed(raw, reached.land),
            "estimated": "yes",
            "note": "max_development is estimated, the rest published",
        }
    )
    kept = long(stock, "industry", "region", "output")
    kept["estimated"] = np.where(long(seen, "industry", "region", "seen").seen, "no", "yes")
    uses = long(per_output, "industry", "resource", "intensity").query("intensity > 0")
    uses["unit"] = uses.resource.map(UNITS) + "/1e8 CNY"
    uses["annual_improvement"] = uses.resource.map(IMPROVEMENT)
    uses.loc[(uses.industry == "power") & (uses.resource == "water"), "annual_improvement"] = POWER_WATER_IMPROVEMENT
    factors = long(factor[list(UNITS)], "region", "resource", "factor")
    guessed = (factors.resource != "co2") | (factors.region == "Tibet")  # the other three hold an assumed part
    wanted = long(demand(raw), "industry", "year", "demand")
    made = {
        "regions": regions.rename_axis("region").reset_index(),
        "industries": costs.reset_index(),
        "stock": kept[kept.output > 0],
        "demand": wanted.assign(estimated="yes"),
        "resources": pd.DataFrame(RESOURCES, columns=["resource", "name_en", "name_zh", "unit"]),
        "intensities": uses.assign(estimated="yes"),
        "efficiency": factors.assign(estimated=np.where(guessed, "yes", "no")),
        "capacities": capacities(raw, reached, members),
        "groups": assumption("groups"),
        "membership": members[["group", "region", "share", "estimated", "note"]],
        "zones": assumption("zones").drop(columns="weight"),
        "zone_shares": zone_shares(raw),
        "zone_rules": zone_rules(),
        "barriers": assumption("barriers").assign(estimated="yes"),
    }
    for module in sorted((HERE / "derivations").glob("*.py")):
        made |= runpy.run_path(str(module))["tables"](folder, made)
    return made


def main(arguments: list[str]) -> None:
    """Writes the tables."""
    if not 1 <= len(arguments) <= 2:
        sys.exit("usage: python derive.py RAW_FOLDER [OUT_FOLDER]")
    out = Path(arguments[1]) if len(arguments) == 2 else HERE
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables(Path(arguments[0])).items():
        table.to_csv(out / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
