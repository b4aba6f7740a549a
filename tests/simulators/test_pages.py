"""What hosted pages are made of: forms read once, ways out that are addresses, words escaped."""

import pytest

from cross.simulation.exchange import read_form, redirect_reply
from cross.simulation.page import Action, Field, Page, page_reply

PAGE = Page(
    brand="Operator",
    accent="#123456",
    language="en",
    title='<b>"Pay"</b>',
    facts=(("<dt>", "<dd>"),),
    note="<i>",
    fields=(Field("phone", "<label>", value='"><script>'), Field("pin", "PIN", secret=True)),
    buttons=((Action.PAY, "<pay>"), (Action.CANCEL, "Cancel")),
    hidden=(("visit", '"&<'),),
    target="page",
    leads_to=("https://shop.example/a?b", "javascript:alert(1)", "https://x;script-src *", ""),
)


@pytest.mark.parametrize(
    ("encoded", "fields"),
    [
        (b"phone=77+11&pin=", {"phone": "77 11", "pin": ""}),
        (b"a=%C3%A9", {"a": "é"}),
        (b"", {}),
        (b"a=1&a=2", None),
        (b"a=1&a=1", None),
        (b"a=\xc3\xa9", None),
        (b"a=%ff", None),
        (b"&".join(b"f%d=1" % n for n in range(65)), None),
    ],
)
def test_a_form_is_read_whole_or_not_at_all(encoded: bytes, fields: dict[str, str] | None) -> None:
    assert read_form(encoded) == fields


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//shop.example", "https://x/\r\nSet-Cookie: a", "https://x/ y", ""],
)
def test_a_browser_is_sent_to_web_addresses_only(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        redirect_reply(url)


def test_every_word_of_a_page_is_escaped() -> None:
    html = page_reply(PAGE).body.decode()
    for raw in ("<b>", "<i>", "<dt><", "<script", "<pay>", '"&<'):
        assert raw not in html.replace("<dl><div><dt>&lt;dt&gt;", "")


def test_a_page_leads_to_itself_and_to_web_origins_only() -> None:
    policy = dict(page_reply(PAGE).headers)[b"content-security-policy"].decode()
    assert "form-action 'self' https://shop.example;" in policy
    assert "javascript" not in policy
    assert "script-src" not in policy


def test_a_pages_secret_is_hidden_and_filled_in_by_no_browser() -> None:
    html = page_reply(PAGE).body.decode()
    assert 'name="pin" value="" maxlength="20" type="password"' in html
    assert 'autocomplete="off"' in html
