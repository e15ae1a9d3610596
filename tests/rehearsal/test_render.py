"""Templates: what authors need, and nothing that a hostile author could use."""

import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.engine.core.effects import Perform
from cuebook.engine.core.expr import Happening
from cuebook.engine.core.plan import Calendar, Json, OnEvent, Plan, Project, Template
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.wording import FILTERS as WORDS_AFTER_A_BAR
from cuebook.engine.filters import FILTERS
from cuebook.engine.render import Renderer
from cuebook.engine.templates import check_template

WORDS = Vocabulary(
    "acme",
    "Europe/Berlin",
    attributes={
        "name": Type("text"),
        "renewal_date": Type("date"),
        "seen-at": Type("instant"),
        "timezone": Type("timezone"),
        "language": Type("text"),
        "contacts": Type("list", item=Type("record", fields=(("since", Type("date")),))),
    },
    events={"purchase": {"paid_at": Type("instant"), "amount": Type("number")}},
)
PLAN = Plan("p", (OnEvent(Happening("purchase")),), (), None)
TEMPLATES = {
    "thanks": Template("Thanks, {{ customer.name }}", "You paid {{ event.amount }}.\n"),
    "de/hello": Template("", "Hallo!\n"),
    "csm": Template("", "Yours, {{ customer.csm }}"),
    "pair": Template(
        "{{ customer.name }} <3",
        "Dear {{ customer.name }} & {{ customer.tags | join('<') }}",
        "<p>{{ customer.name }} {{ customer.tags | join('<') ~ '<' }}{{ '<i>' | escape }}</p>",
        "Success <success@acme.example>",
        "service",
    ),
    "split": Template("Re: {{ customer.tags | join('\\n') }}", "x"),
}
RENDERER = Renderer(Project(WORDS, Calendar(), (PLAN,), TEMPLATES))
ADA = {
    "name": "Ada",
    "csm": None,
    "seats": 12.0,
    "renewal_date": "2026-09-01",
    "seen-at": 1_775_199_600_000_000,
    "tags": ["a", "b"],
    "contacts": [{"name": "Bo", "since": "2020-05-01"}] * 100,
}


def render(args: Mapping[str, Json], attributes: Mapping[str, object] = ADA) -> tuple[object, str]:
    at = 1_775_199_600_000_000
    event = {"amount": 9.5, "paid_at": at}
    action = Perform(at, at, "c1", "p", "p/c1/1", "s", "notify", "n", args, "k", attributes, event)
    done = RENDERER.render(action)
    return done.args, done.error


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{ customer.name }}", "Hi Ada"),
        ("{{ customer.id }} {{ customer.seats }} {{ event.amount }}", "c1 12 9.5"),
        ("{{ trigger.amount }} {{ run.id }}", "9.5 p/c1/1"),
        ("{{ customer.renewal_date }}", "2026-09-01"),
        ("{{ customer.renewal_date | date('%d.%m.%Y') }}", "01.09.2026"),
        ("{{ customer.seen_at }}", "2026-04-03T09:00:00+02:00"),
        ("{{ event.paid_at.hour }} {{ now.year }}", "9 2026"),
        ("{{ customer.csm | default('nobody') }}", "nobody"),
        ("{{ customer.tags | join(', ') }} {{ customer.tags[0] }}", "a, b a"),
        (
            "{% for c in customer.contacts[:2] %}{{ c.name }}{{ c.since.year }} {% endfor %}",
            "Bo2020 Bo2020 ",
        ),
        ("{% if customer.seats > 10 %}big{% else %}small{% endif %}", "big"),
        ("{% set who = customer.name | upper %}{{ who ~ '!' }}", "ADA!"),
        ("no template } { here", "no template } { here"),
    ],
)
def test_a_template_says_what_its_author_means(template: str, text: str) -> None:
    """Dates as dates, instants in the customer's zone, whole numbers without a point."""
    assert render({"t": template}) == ({"t": text}, "")


def test_the_templates_of_a_digest_have_the_words_of_each_message() -> None:
    """What a message would have been given stands at the message, as `customer.name` does."""
    one, two = (
        Perform(1, 1, "c1", "p", "p/c1/1", "s", "notify", "n", {"text": text}, "k", ADA, {})
        for text in ("Hello {{ customer.name }}", "Bye")
    )
    args: dict[str, Json] = {
        "all": "{{ messages | join(', ', 'text') }}",
        "each": "{% for one in messages %}{{ one.do }} {{ one.text }}. {% endfor %}",
    }
    digest = Perform(
        2, 1, "c1", "p", "p/c1/1", "s", "notify", "d", args, "k/digest", ADA, {}, merged=(one, two)
    )

    done = RENDERER.render(digest)

    assert done.error == ""
    assert done.args["all"] == "Hello Ada, Bye"
    assert done.args["each"] == "notify Hello Ada. notify Bye. "


def test_only_texts_are_rendered_wherever_they_stand() -> None:
    """`with:` is a tree; numbers, truth and what is nested keep their shape."""
    args: dict[str, Json] = {
        "a": [1, True, None, "{{ customer.name }}"],
        "b": {"{c}": "{{ event.amount }}"},
    }

    assert render(args) == ({"a": [1, True, None, "Ada"], "b": {"{c}": "9.5"}}, "")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ customer.csm }}", "template: `customer.csm` is missing"),
        ("{{ customer.address.city }}", "template: `customer.address` is missing"),
        ("{% if customer.csm %}x{% endif %}", "template: `customer.csm` is missing"),
        ("{{ customer.csm | upper }}", "template: `customer.csm` is missing"),
        (
            "{{ custmer.name }}",
            "template: `custmer` is not known here: customer, event, trigger, run, now, messages, each",
        ),
        (
            "{{ customer.tags }}",
            "template: a list is no text: name a part of it, or use `| join` or `| json`",
        ),
        ("{{ 1 / 0 }}", "template: division by zero"),
        (
            "{{ customer.contacts | join(', ', 'nme') }}",
            "template: `nme` is missing in all of them",
        ),
        ("{{ customer.contacts | sort('nme') }}", "template: `nme` is missing in all of them"),
        (
            "{{ customer.tags | join(', ', 'name') }}",
            "template: no records, of which `name` could be a field",
        ),
    ],
)
def test_what_is_missing_is_a_reason_not_an_exception(template: str, reason: str) -> None:
    """The action is skipped, and the reason is one a person can act on."""
    assert render({"t": template}) == ({"t": template}, reason)


@pytest.mark.parametrize(
    ("args", "more"),
    [
        (
            {"template": "thanks"},
            {"subject": "Thanks, Ada", "body": "You paid 9.5.\n"},
        ),
        ({"template": "de/hello"}, {"body": "Hallo!\n"}),
        ({"template": "thanks", "subject": "Hi"}, {"body": "You paid 9.5.\n"}),
        ({"template": "{{ 'thanks' }}", "body": "Own"}, {"subject": "Thanks, Ada"}),
        ({"json": {"template": "thanks"}}, {}),
    ],
)
def test_a_named_template_gives_its_subject_and_body(
    args: dict[str, Json], more: dict[str, Json]
) -> None:
    """What the action says itself wins, key by key; a name may itself be a template."""
    given_name = {"template": "thanks"} if "{{" in str(args) else {}

    assert render(args) == (args | given_name | more, "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("csm", "template: `customer.csm` is missing, in `csm`"),
        ("split", "template: a subject is one line, in `split`"),
        ("nowhere", "template: there is no `nowhere` in templates/"),
        (12, "template: there is no `12` in templates/"),
    ],
)
def test_what_is_wrong_with_a_body_is_a_reason_too(name: Json, reason: str) -> None:
    """A message without its text is not sent, and says which text it was."""
    assert render({"template": name, "to": "a"}) == ({"template": name, "to": "a"}, reason)


def test_what_check_knows_of_templates_is_what_they_can_do() -> None:
    """A filter that one of them lacked would be refused in vain, or too late."""
    assert sorted(WORDS_AFTER_A_BAR) == sorted([*FILTERS, "default"])


HOSTILE = {
    "text": "{{ 'a' * 100000000 }}",
    "width": "{{ '%100000000s' % 1 }}",
    "date width": "{{ customer.renewal_date | date('%100000000d') }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "range": "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "loops": "{% for a in customer.contacts %}" * 5 + "x" + "{% endfor %}" * 5,
    "blocks": "{% for a in customer.contacts %}" * 25 + "x" + "{% endfor %}" * 25,
    "doubling": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "replacing": "{% set a = 'xxx' %}" + "{% set a = a | replace('x', 'xxx') %}" * 60 + "{{ a }}",
    "squaring": "{% set a = 999999 %}" + "{% set a = a * a %}" * 60 + "{{ a }}",
    "joining": "{% set a = 'xxx' %}" + "{% set a = [a, a] | join(a) %}" * 60 + "{{ a }}",
    "tuples": "{% set a = ('x', 'x') %}" + "{% set a = (a, a) %}" * 60 + "{{ a | json }}",
    "output": "{% for a in customer.contacts %}" * 2 + "x" * 1000 + "{% endfor %}" * 2,
    "brackets": "{{ " + "(" * 15_000 + "1" + ")" * 15_000 + " }}",
    "filters": "{{ customer.name" + " | upper" * 3_000 + " }}",
    "size": "{{ 1 }}" * 10_000,
    "class": "{{ customer.__class__.__mro__ }}",
    "text class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "call": "{{ customer.name.upper() }}",
    "format": "{{ '{0.__class__}'.format(customer) }}",
    "globals": "{{ lipsum.__globals__ }}",
    "self": "{{ self.__init__ }}",
    "include": "{% include '/etc/passwd' %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "recursion": "{% for a in customer.contacts recursive %}{{ loop(customer.contacts) }}{% endfor %}",
    "attr": "{{ customer | attr('__class__') }}",
    "budget": "{{ _budget }}",
    "map": "{{ customer.contacts | map('_each') | list | json | replace('', 'x' * 9) }}",
}


@pytest.mark.parametrize("word", ["t", "html"])
@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_ends_and_gets_nothing(template: str, word: str) -> None:
    """No loop, no memory, no Python behind the values: a reason, in text as in HTML."""
    args, error = render({word: template})

    assert error.startswith("template: ")
    assert args == {word: template}


@given(st.text(alphabet="<>&'\"ab;#/ ", max_size=30))
def test_no_value_is_mark_up_whatever_is_done_to_it(name: str) -> None:
    """Filters, joining and loops change a text; none of them makes HTML of it."""
    template = (
        "{{ customer.name }}{{ customer.name | upper }}{{ customer.name ~ customer.name }}"
        "{{ customer.name | escape }}{{ customer.name | escape | replace('&', '<') }}"
        "{{ customer.name | truncate(5) }}"
        "{% set x = customer.name | escape %}{{ x ~ customer.name }}{{ x | trim | title }}"
        "{% for part in customer.tags %}{{ part }}{{ customer.tags | join(x) }}{% endfor %}"
        "{{ customer.missing | default(customer.name) }}"
    )

    args, error = render({"html": template}, {"name": name, "tags": [name, "a"]})

    assert error == ""
    assert isinstance(args, dict)
    assert not set("<>\"'") & set(args["html"])


def test_a_broken_template_can_be_told_before_there_is_a_customer() -> None:
    """`check` says it first."""
    assert check_template("{{ customer.name }}") == ""
    assert check_template("{{ customer.name") != ""
    assert "no filter `uper`" in check_template("{{ customer.name | uper }}")


@given(st.text(alphabet="{}%# |.'()[]~*+-customer.name01forinset\n", max_size=60))
def test_rendering_is_total(template: str) -> None:
    """Whatever stands in a text, there is a text or a reason."""
    args, error = render({"t": template})

    assert error or isinstance(args, dict)


@given(
    st.sampled_from(["customer.name", "customer.seats", "event.paid_at", "customer.tags", "now",
                     "customer.renewal_date", "customer.csm", "customer.contacts", "run.id",
                     "customer.tags.first", "event.amount.more", "customer.id", "nobody"]),
    st.text("ab {}%", max_size=5),
)  # fmt: skip
def test_values_by_their_names_come_out_alike_without_the_template_engine(
    name: str, text: str
) -> None:
    """A template that is text and values only is filled in directly, which is twice as fast."""
    plain = f"{text} and {{{{ {name} }}}}"

    args, error = render({"title": plain})
    slowly, why = render({"title": f"{plain}{{% if false %}}{{% endif %}}"})

    assert error == why
    assert error or args == slowly


def test_values_in_html_are_texts_and_no_mark_up() -> None:
    """A customer called `<script>` is written to by that name; in plain text nothing is escaped."""
    done, error = render({"template": "pair"}, {**ADA, "name": "<script>&"})

    assert error == ""
    assert done == {
        "template": "pair",
        "subject": "<script>& <3",
        "body": "Dear <script>& & a<b",
        "html": "<p>&lt;script&gt;&amp; a&lt;b&lt;&lt;i&gt;</p>",
        "from": "Success <success@acme.example>",
        "purpose": "service",
    }


def test_values_in_html_of_a_step_are_texts_too() -> None:
    """The word `html` is HTML wherever it stands, also where it is nothing but values."""
    done, _ = render({"html": "<b>{{ customer.name }}</b>"}, {"name": "<a>"})

    assert done == {"html": "<b>&lt;a&gt;</b>"}


def test_a_step_with_a_text_of_its_own_takes_none_of_its_template() -> None:
    """Else one half of the readers would read something else than the other half."""
    done, _ = render({"template": "pair", "body": "Mine"})

    assert done == {
        "template": "pair", "body": "Mine", "subject": "Ada <3",
        "from": "Success <success@acme.example>", "purpose": "service",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "1. September 2026 | 1.234,50\xa0€ | 12.345,5 | a und b"),
        ("pt-BR", "1 de setembro de 2026 | €\xa01.234,50 | 12.345,5 | a e b"),
        ("en", "September 1, 2026 | €1,234.50 | 12,345.5 | a and b"),
        ("xx-YY", "September 1, 2026 | €1,234.50 | 12,345.5 | a and b"),
        (None, "September 1, 2026 | €1,234.50 | 12,345.5 | a and b"),
        (12, "September 1, 2026 | €1,234.50 | 12,345.5 | a and b"),
    ],
)
def test_dates_money_numbers_and_lists_are_written_in_the_customers_language(
    locale: object, text: str
) -> None:
    """By the attribute `locale` or `language`; whoever has none is written to in English."""
    template = (
        "{{ customer.renewal_date | date('long') }} | {{ 1234.5 | money('EUR') }} | "
        "{{ 12345.5 | decimal }} | {{ customer.tags | listed }}"
    )

    assert render({"t": template}, {**ADA, "language": locale}) == ({"t": text}, "")


@pytest.mark.parametrize(
    ("language", "text"), [("de", "1.234,50\xa0€"), (None, "1\u202f234,50\xa0€")]
)
def test_who_has_no_language_is_written_to_in_the_projects(language: object, text: str) -> None:
    """A shop in one country need not tell each of its customers."""
    french = Project(replace(WORDS, locale="fr"), Calendar(), (PLAN,), {})
    at, attributes = 1_775_199_600_000_000, {**ADA, "language": language}
    args = {"t": "{{ 1234.5 | money('EUR') }}"}
    action = Perform(at, at, "c1", "p", "p/c1/1", "s", "notify", "n", args, "k", attributes, {})

    assert Renderer(french).render(action).args == {"t": text}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 3 | money('USD', locale='en-GB') }}", "US$3.00"),
        ("{{ customer.seen_at | date('short', locale='de') }}", "03.04.26"),
        ("{{ customer.renewal_date | date('%d.%m.%Y') }}", "01.09.2026"),
    ],
)
def test_an_author_may_name_the_language(template: str, text: str) -> None:
    """Where all customers read one language there is no attribute of it."""
    assert render({"t": template}) == ({"t": text}, "")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ 3 | money('euro') }}", "a currency of three letters"),
        ("{{ 3 | money(['a', 'b', 'c']) }}", "a currency of three letters"),
        ("{{ 3 | money('EUR', 'de') }}", "2 positional arguments"),
        ("{{ customer.name | money('EUR') }}", "`| money` takes a number"),
        ("{{ customer.name | listed }}", "`| listed` takes a list of texts"),
        ("{{ customer.csm | decimal }}", "`customer.csm` is missing"),
    ],
)
def test_what_cannot_be_written_in_any_language_is_said(template: str, said: str) -> None:
    """The message is not sent, and the journal says why."""
    assert said in render({"t": template})[1]


def test_without_babel_the_journal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is heavy, and most projects do not need it."""
    for part in ("babel", "babel.numbers", "babel.core"):
        monkeypatch.setitem(sys.modules, part, None)

    _, error = render({"t": "{{ 3 | money('EUR', locale='fr') }}"})

    assert "pip install 'cuebook[locale]'" in error
