"""KPIs of a purchase log, against pandas over the raw log.

What is expected is computed from the log as it was published, and by nothing of cuebook.
"""

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.figures.kpis import KpiSeries, kpis
from cuebook.engine.runtime.intake import happening
from cuebook.engine.runtime.mail import Letter, post

ROOT = Path(__file__).parents[3]
RETAIL = ROOT / "examples" / "retail"
CDNOW = Path(os.environ.get("CUEBOOK_CDNOW") or ROOT / "../shared/data/cdnow/CDNOW_master.txt")
LOGS = {"invented": RETAIL / "data" / "invented.txt", "cdnow": CDNOW}
BEGIN, END = "1997-01-01", "1998-07-01"
MONTHS = [str(month) for month in pd.period_range(BEGIN, "1998-06-30", freq="M")]
COHORT = """\
  after-{0}: >-
    number of customers where (no purchase before the period and has purchase
    and has purchase {0} {1} after) / new-buyers
"""

Told = Mapping[str, KpiSeries]


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest) -> Path:
    """Return the log that lies in the repository, and the real one where somebody has put it."""
    path = LOGS[request.param]
    if not path.is_file():
        pytest.skip(
            "the CDNOW log is not part of this repository: fetch lifetimes/datasets/CDNOW_master.txt "
            "from github.com/CamDavidsonPilon/lifetimes and set CUEBOOK_CDNOW to its path"
        )
    return path


def raw(log: Path) -> pd.DataFrame:
    """Return the raw log: who, when, for how much, in the order of its lines."""
    found = pd.read_csv(log, sep=r"\s+", skiprows=1, names=["customer", "day", "cds", "amount"])
    found["at"] = pd.to_datetime(found["day"].astype(str), format="%Y%m%d")
    found["month"] = found["at"].dt.to_period("M").astype(str)
    return found


def test_kpis_are_what_pandas_finds(log: Path, database: Database, tmp_path: Path) -> None:
    """Month by month, equal to the last digit that adding up in another order leaves."""
    fill(database, log)
    since, until = parse_instant(BEGIN, UTC), parse_instant(END, UTC)

    found = kpis(database, project(tmp_path), since, until, "month")

    told, bought = {one.name: one for one in found}, raw(log)
    of_orders_and_buyers(told, bought)
    of_times_between(told, bought)
    of_cohorts(told, bought)
    of_the_whole_time(told, bought)


def fill(database: Database, log: Path) -> None:
    """Write a log into the inbox, as decided."""
    with database.write() as connection:
        post(database, connection, letters(log))
        database.run(connection, "UPDATE cuebook_inbox SET number = id")


def letters(log: Path) -> Iterator[Letter]:
    """Yield each purchase of a log, its numbers as texts, as they come out of a file."""
    sys.path.insert(0, str(RETAIL))
    from convert import events

    sys.path.remove(str(RETAIL))
    with log.open(encoding="utf-8") as lines:
        for at, customer, event, id_, cds, amount in events(lines):
            yield happening(customer, event, {"cds": cds, "amount": amount}, at=at, id=id_)


def project(folder: Path) -> Project:
    """Return the project of the example with a KPI for each month after the first purchase."""
    later = "".join(COHORT.format(k, "period" if k == 1 else "periods") for k in range(1, 18, 4))
    text = (RETAIL / "cuebook.yaml").read_text(encoding="utf-8") + later
    (folder / "cuebook.yaml").write_text(text, encoding="utf-8")
    compiled = compile_project(folder)
    assert compiled.project is not None, list(compiled.report)
    return compiled.project


def of_orders_and_buyers(told: Told, bought: pd.DataFrame) -> None:
    """Average order value, repeat-purchase rate, retention, lifetime value, new buyers; by month."""
    months = bought.groupby("month")
    counts = bought.groupby(["month", "customer"]).size()
    buyers = {month: set(found["customer"]) for month, found in months}
    before = dict(zip(MONTHS[1:], MONTHS, strict=False))

    agree(told["buyers"], lambda month: len(buyers[month]))
    agree(told["order-value"], lambda month: months["amount"].mean()[month])
    agree(told["repeat-rate"], lambda month: (counts[month] >= 2).mean())
    agree(told["new-buyers"], lambda month: (first_months(bought) == month).sum())
    agree(
        told["retention"],
        lambda month: (
            len(buyers[month] & buyers[before[month]]) / len(buyers[before[month]])
            if month in before
            else None
        ),
    )
    agree(told["spent-by-each"], lambda month: until(bought, month))


def of_times_between(told: Told, bought: pd.DataFrame) -> None:
    """Inter-purchase time, its median and its mean, by the month of the later purchase."""
    sorted_ = bought.sort_values(["customer", "at"], kind="stable")
    sorted_["days"] = sorted_.groupby("customer")["at"].diff() / pd.Timedelta(days=1)
    months = sorted_.groupby("month")["days"]

    agree(told["interval"], lambda month: months.median()[month])
    agree(told["mean-interval"], lambda month: months.mean()[month])
    assert close(told["interval"].whole[0].value, sorted_["days"].median())
    assert close(told["mean-interval"].whole[0].value, sorted_["days"].mean())


def of_cohorts(told: Told, bought: pd.DataFrame) -> None:
    """By the month of the first purchase, the share that buys in each month after it."""
    first = first_months(bought)
    active = bought.assign(first=bought["customer"].map(first))
    table = active.groupby(["first", "month"])["customer"].nunique()
    sizes = first.value_counts()

    for k in range(1, 18, 4):
        later = dict(zip(MONTHS, MONTHS[k:], strict=False))

        def share(month: str, later: Mapping[str, str] = later) -> float | None:
            if month not in sizes:
                return None
            return float(table.get((month, later.get(month)), 0) / sizes[month])

        agree(told[f"after-{k}"], share)


def of_the_whole_time(told: Told, bought: pd.DataFrame) -> None:
    """Without periods the stretch that is asked for is the period."""
    counts = bought.groupby("customer").size()

    assert told["buyers"].whole[0].value == len(counts)
    assert close(told["repeat-rate"].whole[0].value, (counts >= 2).mean())
    assert close(told["order-value"].whole[0].value, bought["amount"].mean())


def first_months(bought: pd.DataFrame) -> "pd.Series[str]":
    """Return the month of each customer's first purchase."""
    return bought.groupby("customer")["month"].min()


def until(bought: pd.DataFrame, month: str) -> float:
    """Return what each customer has spent on average until the end of a month."""
    past = bought[bought["month"] <= month]
    return float(past["amount"].sum() / past["customer"].nunique())


def agree(one: KpiSeries, expected: Callable[[str], float | None]) -> None:
    """Hold a KPI against what is expected of each month in which something was bought."""
    assert [value.period for value in one.values] == MONTHS
    wrong = [
        (value.period, value.value, there)
        for value in one.values
        if not close(value.value, there := expected(value.period))
    ]
    assert wrong == [], one.name


def close(value: float | None, expected: float | None) -> bool:
    """Whether two numbers are equal, but for the order in which a database adds up."""
    if value is None or expected is None:
        return value is expected
    return math.isclose(value, expected, rel_tol=1e-12)
