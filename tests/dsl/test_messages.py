"""Files of templates/: taken apart into subject and body, and checked where each word stands."""

import sys
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.messages import read_messages
from cuebook.dsl.scope import Scope
from cuebook.dsl.sources import Source
from cuebook.engine.core.plan import Template
from cuebook.engine.core.vocabulary import Type, Vocabulary

SCOPE = Scope(
    Vocabulary(
        "acme", attributes={"name": Type("text")}, events={"purchase": {"amount": Type("number")}}
    )
)


def read(text: str, file: str = "hello.txt") -> tuple[dict[str, Template], Report]:
    report = Report()
    return read_messages({PurePosixPath(file): Source(file, text)}, SCOPE, report), report


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("Subject: Hi\n\nDear Ada\n", Template("Hi", "Dear Ada\n")),
        ("Subject: Hi\nDear Ada\n", Template("Hi", "Dear Ada\n")),
        ("Subject: Hi\n\n\nDear Ada\n", Template("Hi", "\nDear Ada\n")),
        ("\ufeffsubject:Hi \r\n\r\nDear\r\nAda", Template("Hi", "Dear\nAda")),
        ("Subject: Hi", Template("Hi", "")),
        ("Subject:\n\nDear Ada", Template("", "Dear Ada")),
        ("Dear Ada\nSubject: Hi\n", Template("", "Dear Ada\nSubject: Hi\n")),
        ("Subjective: Hi\n", Template("", "Subjective: Hi\n")),
        ("", Template("", "")),
        (
            "from: Ada <ada@acme.example>\nPURPOSE: service\nSubject: Hi\n\nDear Ada",
            Template("Hi", "Dear Ada", "", "Ada <ada@acme.example>", "service"),
        ),
        ("Dear Ada\nFrom: Bo", Template("", "Dear Ada\nFrom: Bo")),
    ],
)
def test_lines_above_the_text_may_be_the_subject_and_the_like(
    text: str, template: Template
) -> None:
    """As letters have it; everything else is body."""
    assert read(text)[0] == {"hello": template}


def test_a_file_in_a_folder_is_named_with_it() -> None:
    """Languages and purposes have folders."""
    assert list(read("x", "de/hello.txt")[0]) == ["de/hello"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("Subject: {{ customer.nmae }}\n\nx\n", "N103", (1, 13)),
        ("Subject: x\n\nDear\n{{ customer.nmae }}\n", "N103", (4, 4)),
        ("{{ event.amuont }}", "N105", (1, 4)),
        ("x\n{{ amount }}", "A105", (2, 4)),
        ("x\n  {{ custmer.name }}", "A105", (2, 6)),
        ("{% if custmer.name %}x{% endif %}", "A105", (1, 7)),
        ("{{ customer.name | uper }}", "A106", (1, 20)),
        ("Subject: {% if\n\n%}", "A103", (1, 10)),
        ("x" * 32_000 + "{{ customer.name }}", "A103", (1, 1)),
    ],
)
def test_what_is_wrong_in_a_body_has_its_line_and_column(
    text: str, code: str, place: tuple[int, int]
) -> None:
    """A text is read by people who did not write the playbook: a slip in it is told as any other."""
    _, report = read(text)

    assert [note.code for note in report] == [code]
    assert Source("hello.txt", text).position(report.found[0].span.start) == place


@pytest.mark.parametrize(
    "text",
    [
        "{# {{ nobody }} #}{{ customer.id }} {{ now | date('%d.%m.') }} {{ run.id }}",
        "{% for one in event.items %}{{ loop.index }} {{ one.sku }}{% else %}none{% endfor %}",
        "{% set who, what = customer.name, 1 %}{{ who ~ ' and ' ~ what if what is odd else 'x' }}",
        "{{ customer.name | default('nobody', true) | replace(old='a', new='b') }}",
        "{{ customer.name if customer.name is not defined and not none else 'name' }}",
    ],
)
def test_what_a_template_names_itself_is_known(text: str) -> None:
    """Loops, its own names, tests and words in quotes are no names of a customer."""
    assert [note.title for note in read(text)[1] if note.code != "N105"] == []


def pair(html: str, text: str) -> tuple[dict[str, Template], Report]:
    report = Report()
    files = {"hello.html": html, "hello.txt": text}
    sources = {PurePosixPath(file): Source(file, said) for file, said in files.items()}
    return read_messages(sources, SCOPE, report), report


def test_html_and_text_of_one_name_are_one_message() -> None:
    """Who cannot read the one reads the other."""
    found, report = pair("Subject: Hi\n<p>Dear Ada</p>", "Subject: Hi\nFrom: Bo\n\nDear Ada")

    assert found == {"hello": Template("Hi", "Dear Ada", "<p>Dear Ada</p>", "Bo")}
    assert not report.found


@pytest.mark.parametrize(
    ("html", "text"),
    [("Subject: Hi\nx", "Subject: Ho\nx"), ("x", "Purpose: {{ customer.name }}\nx")],
)
def test_what_stands_above_a_text_is_said_once_and_a_purpose_is_a_word(
    html: str, text: str
) -> None:
    """Of two subjects one would be lost; a purpose decides before anything is rendered."""
    _, report = pair(html, text)

    assert [note.code for note in report] == ["A111"]


def test_a_filter_that_needs_babel_is_told_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the place, and before anybody waits for the mail."""
    text = "You paid {{ event.amount | money('EUR') }}"
    assert not read(text)[1].found
    monkeypatch.setitem(sys.modules, "babel", None)

    [note] = read(text)[1]

    assert (note.code, note.severity, note.span.start) == ("A106", "warning", 27)
    assert note.hints == ("pip install 'cuebook[locale]'",)


def test_a_template_may_name_the_record_or_the_values_of_a_change_that_began_the_run() -> None:
    """Named actions and files know no trigger yet: whatever some trigger of the project gives is known."""
    contact = Type("record", fields=(("role", Type("text")),))
    scope = Scope(Vocabulary("acme", attributes={"contacts": Type("list", item=contact)}))
    report = Report()
    text = "{{ event.role }} {{ event.old }} {{ event.new }} {{ event.roles }}"
    read_messages({PurePosixPath("hello.txt"): Source("hello.txt", text)}, scope, report)

    assert [found.title for found in report] == ["unknown property `roles`"]


@pytest.mark.parametrize(
    ("purpose", "codes"),
    [("Purpose: product\n", []), ("Purpose: news\n", ["A122", "A123"]), ("", ["A122", "A123"])],
)
def test_the_purpose_of_a_template_counts_before_anything_is_sent(
    purpose: str, codes: list[str], tmp_path: Path
) -> None:
    """Limits and promises are held to it as to one that the step names itself."""
    files = {
        "cuebook.yaml": """\
            project: shop
            attributes: {opted_in: boolean, email: text}
            events: {purchase: {}}
            limits: {email: {needs consent: {product: opted_in}}}
            never: [{do: send-email, unless: with.purpose == "product"}]
            """,
        "playbooks/p.play": "p: on purchase -> letter",
        "actions.yaml": """\
            actions:
              letter: {do: send-email, with: {template: hello, to: "{{ customer.email }}"}}
            """,
        "templates/hello.txt": f"Subject: Hi\n{purpose}\nHello",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))

    report = compile_project(tmp_path).report

    assert sorted(note.code for note in report if note.code in ("A122", "A123")) == codes
