"""The KPIs that guides ask for, as the manual declares them, against pandas over the same log.

What is expected is computed from what was told, in the words of the field, and by nothing of cuebook.
"""

import math
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import UTC
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.figures.kpis import KpiSeries, kpis
from cuebook.engine.runtime.intake import change, happening
from cuebook.engine.runtime.mail import post

MANUAL = Path(__file__).parents[3] / "docs" / "language.md"
HEAD = """\
project: field
timezone: UTC
attributes: {plan: {one of: [free, growth]}, seats: number}
events:
  go-live: {}
  login: {}
  purchase: {amount: number, sku: text}
  money-spent: {amount: number}
  report-created: {}
  survey-answered: {survey: text, score: number}
  friend-referred: {}
  mail-opened: {}
  mail-clicked: {}
  cart-filled: {}
"""
BEGIN, END = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-07-01")
MONTHS = list(pd.period_range(BEGIN, END - pd.Timedelta(days=1), freq="M"))
EVENTS = {
    "login": 9, "purchase": 5, "report-created": 3, "survey-answered": 6, "cart-filled": 4,
    "go-live": 2, "money-spent": 2, "friend-referred": 1, "mail-opened": 4, "mail-clicked": 2,
}  # fmt: skip
LOG = pd.DataFrame


@pytest.fixture(scope="module")
def log() -> LOG:
    """Return what was told: half a year of forty customers, no two things at one instant."""
    dice, rows = random.Random(8), []  # noqa: S311 - a log, and no secret
    minutes = dice.sample(range(int((END - BEGIN).total_seconds()) // 60), 2_600)
    for minute in minutes:
        name = dice.choices(list(EVENTS), list(EVENTS.values()))[0]
        row: dict[str, object] = {"customer": f"c{dice.randrange(40)}", "event": name}
        row["at"] = BEGIN + pd.Timedelta(minutes=minute)
        if name in ("purchase", "money-spent"):
            row["amount"] = dice.randrange(1, 40_000) / 100
        if name == "purchase":
            row["sku"] = dice.choice(["app-1", "app-2", "shirt"])
        if name == "survey-answered":
            row["survey"] = dice.choice(["nps", "csat", "ces"])
            row["score"] = dice.choice([None, *range(11)])
        if dice.random() < 0.08:
            row |= {"event": "", "plan": dice.choice(["free", "growth"]), "seats": minute % 90}
        rows.append(row)
    found = pd.DataFrame(rows).sort_values("at", ignore_index=True)
    return found.assign(month=found["at"].dt.to_period("M"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with the KPIs that stand in the manual."""
    found = re.search(r"```yaml cuebook.yaml\n(kpis:\n.*?)```", MANUAL.read_text(), re.DOTALL)
    assert found is not None
    folder = tmp_path_factory.mktemp("field")
    (folder / "cuebook.yaml").write_text(HEAD + found[1])
    compiled = compile_project(folder)
    assert compiled.project is not None, list(compiled.report)
    return compiled.project


def test_each_kpi_of_the_manual_is_what_pandas_finds(
    log: LOG, project: Project, database: Database
) -> None:
    """Month by month; each of them, so that none stands there unproved."""
    fill(database, log)
    since, until = (parse_instant(str(at.date()), UTC) for at in (BEGIN, END))

    told = {one.name: one for one in kpis(database, project, since, until, "month")}

    expected = {**of_purchases(log), **of_people(log), **of_answers(log), **of_ways(log)}
    assert set(told) == set(expected) | {"conversion"}
    for name, one in told.items():
        if name != "conversion":
            agree(one, expected[name])
    for plan in ("free", "growth", None):
        agree(told["conversion"], converted(log, plan), plan)


def fill(database: Database, log: LOG) -> None:
    """Write the log into the inbox, as decided."""
    letters = []
    for number, row in enumerate(log.to_dict("records")):
        at = int((row["at"] - pd.Timestamp(0)) / pd.Timedelta(microseconds=1))
        given = {
            key: value
            for key in ("amount", "sku", "survey", "score", "plan", "seats")
            if not pd.isna(value := row[key])
        }
        if row["event"]:
            letters.append(happening(row["customer"], row["event"], given, at=at, id=str(number)))
        else:
            letters.append(change(row["customer"], given, at=at, id=str(number)))
    with database.write() as connection:
        post(database, connection, letters)
        database.run(connection, "UPDATE cuebook_inbox SET number = id")


Expected = Callable[[pd.Period], float | None]


def of_purchases(log: LOG) -> Mapping[str, Expected]:
    """Return what was bought, by how many, how often, and what it cost to win them."""
    bought, spent = log[log.event == "purchase"], log[log.event == "money-spent"]
    first = bought.groupby("customer")["month"].min()
    orders = bought.groupby(["month", "customer"]).size()
    days = bought.groupby("customer")["at"].diff() / pd.Timedelta(days=1)
    monthly = bought.groupby("month")["amount"]

    def won(month: pd.Period) -> set[str]:
        return set(first[first == month].index)

    def lifetime(month: pd.Period) -> float:
        past = bought[bought.month <= month]
        return float(past["amount"].sum() / past["customer"].nunique())

    def cost(month: pd.Period) -> float | None:
        return share(spent[spent.month == month]["amount"].sum(), len(won(month)))

    def again(month: pd.Period) -> float | None:
        later = set(bought[bought.month == month + 1]["customer"])
        return share(len(won(month) & later), len(won(month)))

    return {
        "new-customers": lambda month: len(won(month)),
        "order-value": lambda month: monthly.mean()[month],
        "repeat-purchase": lambda month: (orders[month] >= 2).mean(),
        "interval": lambda month: days[bought.month == month].median(),
        "second-month": again,
        "lifetime-value": lifetime,
        "cost-of-a-customer": cost,
        "payback": lambda month: share(lifetime(month), cost(month) or 0),
        "revenue-of-apps": lambda month: bought[
            (bought.month == month) & bought["sku"].str.startswith("app")
        ]["amount"].sum(),
    }


def of_people(log: LOG) -> Mapping[str, Expected]:
    """Return who came back, who did not, who uses what, who recommends."""

    def who(event: str, month: pd.Period) -> set[str]:
        return set(log[(log.event == event) & (log.month == month)]["customer"])

    def count(event: str, month: pd.Period) -> int:
        return int(((log.event == event) & (log.month == month)).sum())

    def kept(month: pd.Period) -> float | None:
        before = who("login", month - 1)
        return share(len(before & who("login", month)), len(before))

    def lost(month: pd.Period) -> float | None:
        stayed = kept(month)
        return None if stayed is None else 1 - stayed

    def seats(month: pd.Period) -> float | None:
        ends = (month + 1).start_time
        recent = log[(log.event == "login") & (log["at"] >= ends - pd.Timedelta(days=14))]
        often = recent[recent["at"] < ends].groupby("customer").size()
        known = as_of(log, ends)
        chosen = known[(known["plan"] == "growth") & known.index.isin(often[often >= 3].index)]
        return None if chosen.empty else float(chosen["seats"].mean())

    return {
        "retention": kept,
        "churn": lost,
        "adoption": lambda month: share(
            len(who("report-created", month) & who("login", month)), len(who("login", month))
        ),
        "referrals": lambda month: share(count("friend-referred", month), len(who("login", month))),
        "clicks": lambda month: share(count("mail-clicked", month), count("mail-opened", month)),
        "seats-of-growth": seats,
    }


def of_answers(log: LOG) -> Mapping[str, Expected]:
    """Return what people answered: promoters less detractors of a hundred, the satisfied, the effort."""

    def scores(survey: str, month: pd.Period) -> "pd.Series[float]":
        answers = log[(log.event == "survey-answered") & (log.month == month)]
        return answers[answers["survey"] == survey]["score"].dropna()

    def nps(month: pd.Period) -> float:
        given = scores("nps", month)
        return float(((given >= 9).mean() - (given <= 6).mean()) * 100)

    return {
        "nps": nps,
        "csat": lambda month: (scores("csat", month) >= 4).mean(),
        "ces": lambda month: scores("ces", month).mean(),
    }


def of_ways(log: LOG) -> Mapping[str, Expected]:
    """Return how long it takes from one thing to another, and who leaves it at the first."""

    def left(month: pd.Period) -> float | None:
        carts = after(log, "cart-filled", "purchase", month)
        late = carts[~(carts["took"] < pd.Timedelta(hours=4))]
        return share(late["customer"].nunique(), carts["customer"].nunique())

    def took(month: pd.Period) -> float | None:
        begun = after(log, "go-live", "purchase", month).drop_duplicates("customer")["took"]
        days = begun.dropna() / pd.Timedelta(days=1)
        return None if days.empty else float(days.median())

    return {"carts-left": left, "time-to-purchase": took}


def converted(log: LOG, plan: str | None) -> Expected:
    """Return who went live and bought within 30 days, among those with a plan at the month's end."""

    def share_of(month: pd.Period) -> float | None:
        begun = after(log, "go-live", "purchase", month)
        plans = as_of(log, (month + 1).start_time)["plan"]
        own = begun["customer"].map(plans)
        mine = begun[own.isna() if plan is None else own == plan]
        soon = mine[mine["took"] < pd.Timedelta(days=30)]
        return share(soon["customer"].nunique(), mine["customer"].nunique())

    return share_of


def after(log: LOG, first: str, then: str, month: pd.Period) -> LOG:
    """Return each first event of a month with how long it took to the customer's next other one."""
    begun = log[(log.event == first) & (log.month == month)][["customer", "at"]]
    later = log[log.event == then][["customer", "at"]].rename(columns={"at": "then"})
    found = pd.merge_asof(
        begun, later, left_on="at", right_on="then", by="customer", direction="forward"
    )
    return found.assign(took=found["then"] - found["at"])


def as_of(log: LOG, at: pd.Timestamp) -> LOG:
    """Return what was known of each customer at an instant."""
    told = log[(log.event == "") & (log["at"] < at)]
    return told.groupby("customer")[["plan", "seats"]].last()


def share(part: float, whole: float) -> float | None:
    """Return a quotient; nothing of nothing is not known."""
    return float(part / whole) if whole else None


def agree(one: KpiSeries, expected: Expected, group: str | None = None) -> None:
    """Hold a KPI against what is expected of each month, to the last digit that adding up leaves."""
    values = [value for value in one.values if value.group == group]
    assert [value.period for value in values] == [str(month) for month in MONTHS]
    wrong = [
        (value.period, value.value, there)
        for value, month in zip(values, MONTHS, strict=True)
        if not close(value.value, there := expected(month))
    ]
    assert wrong == [], one.name
    assert any(value.value for value in values), one.name


def close(value: float | None, expected: float | None) -> bool:
    """Whether two numbers are equal, but for the order in which a database adds up."""
    if value is None or expected is None:
        return value is None and expected is None
    return math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)
