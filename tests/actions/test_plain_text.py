"""HTML as plain text: what a page says, whatever it is made of."""

import pytest

from cuebook.actions.plain_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello", "Hello\n"),
        ("<p>Hello\n  there</p><p>again</p>", "Hello there\n\nagain\n"),
        ("a<br>b<BR/>c", "a\nb\nc\n"),
        ("<ul><li>one<li>two</ul>end", "- one\n- two\n\nend\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ('<a href="https://a.example/?b=1&amp;c">go</a>', "go <https://a.example/?b=1&c>\n"),
        ("<a class='x' HREF='https://a.example'>https://a.example</a>", "https://a.example\n"),
        ('<a href="mailto:us@a.example">us@a.example</a>', "us@a.example\n"),
        ('<a href="#top">up</a><a>no</a>', "upno\n"),
        ('<a href="u"><b>x</b> <a href="v">y</a></a>', "x y <v> <u>\n"),
        ('<img alt="A cat &amp; a dog"> <img src=x>', "A cat & a dog\n"),
        ("&lt;b&gt; 1 &amp; 2 &euro;", "<b> 1 & 2 €\n"),
        ("<title>T</title><style>p{}</style><script>if (a < b) x()</script>x", "x\n"),
        ("<head><title>T</title><body>x", "x\n"),
        ("<!doctype html><!-- <p>no</p> --><?xml no?>x", "x\n"),
        ('<p title="a > b">x</p>', "x\n"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\n"),
        ("<!-- never closed", "\n"),
        ("</p></a></style>x", "x\n"),
    ],
)
def test_a_page_says_its_words_its_links_and_its_lists(html: str, text: str) -> None:
    """As somebody would read it aloud."""
    assert plain_text(html) == text


SLOW = {
    "comments": "<!--",
    "sections": "<![CDATA[",
    "declarations": "<!a",
    "instructions": "<?",
    "tags": "<a ",
    "quotes": '<a "',
    "words": "<a href='",
    "ends": "</",
    "brackets": "<",
    "entities": "&amp",
    "blocks": "<div>",
    "links": "<a href=x>",
}


@pytest.mark.parametrize("piece", SLOW.values(), ids=SLOW)
def test_a_page_that_was_made_to_be_slow_is_read_at_once(piece: str) -> None:
    """64,000 characters, as long as a text may be; with the usual parser some of these take minutes."""
    page = piece * (64_000 // len(piece))

    assert len(plain_text(page)) <= len(page) + 1


def test_links_within_links_are_read_at_once() -> None:
    """Each would otherwise put together the words of all within it."""
    assert plain_text("<a href=x>" * 4_000 + "y" + "</a>" * 4_000).startswith("y <x>")
