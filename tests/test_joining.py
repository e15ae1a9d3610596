"""What a play needs to know, put between the lines of a project: nothing of its author is lost."""

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.formatting import laid_out
from cuebook.playbooks.catalogue import catalogue, play_named
from cuebook.playbooks.joining import joined


def test_comments_and_layout_of_the_project_stay() -> None:
    """Who has explained a line finds the explanation again."""
    mine = "# ours\nproject: acme\nattributes: {name: text} # short\nevents:\n  login: {}   # daily\n\n# the end\n"
    play = play_named("three-touches", catalogue())
    assert play is not None

    done = joined(mine, play.settings())

    assert done.text == (
        "# ours\nproject: acme\n"
        "attributes: {name: text, email: text, email_opt_in: boolean, churned: boolean,"
        " timezone: timezone} # short\nevents:\n  login: {}   # daily\n\n# the end\n"
    )


def test_stages_are_put_where_they_belong() -> None:
    """A lifecycle of one's own grows by what a play needs; whose order is another is a conflict."""
    mine = "project: a\nlifecycles:\n  customer:\n    stages: [{}]\n    start: awareness\n"
    play = play_named("extended-stay", catalogue())
    assert play is not None

    grown = joined(mine.format("awareness, engagement, conversion"), play.settings())
    other = joined(mine.format("retention, awareness, engagement"), play.settings())

    assert (
        "stages: [awareness, engagement, trial, conversion, retention, loyalty, lost]" in grown.text
    )
    assert "lifecycles.customer: trial" in grown.added
    assert [one.what for one in other.conflicts] == ["lifecycles.customer"]


def test_stages_inside_stages_and_below_each_other_are_seen() -> None:
    """However a lifecycle is written, what it has is not put there again."""
    mine = (
        "project: a\nlifecycles:\n  customer:\n    stages:\n      - awareness\n"
        "      - engagement: [trial, active]\n      - retention # paying\n    start: awareness\n"
    )
    play = play_named("extended-stay", catalogue())
    assert play is not None

    assert (
        "      - engagement: [trial, active]\n      - conversion\n      - retention  # paying\n"
        "      - loyalty\n      - lost\n"
    ) in joined(laid_out("", mine, Report()) or "", play.settings()).text
