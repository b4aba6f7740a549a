"""Figures and numbers as people write them."""

import pytest
from rich.text import Text

from cross.cli.pages import plain_table
from cross.cli.screen import Failed, Screen, change, figure, money, phone, short


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (5_000, "XOF", "5 000 F"),
        (0, "XOF", "0 F"),
        (-1_234_567, "XOF", "-1 234 567 F"),
        (900, "DJF", "900 FDJ"),
        (12, "EUR", "12 EUR"),
    ],
)
def test_an_amount_is_grouped_and_carries_its_currency(
    amount: int, currency: str, written: str
) -> None:
    assert money(amount, currency) == written


def test_a_change_carries_its_sign_and_nothing_is_nothing() -> None:
    assert change(5_050, "XOF") == "+5 050"
    assert change(-50, "XOF") == "-50"
    assert change(0, "XOF") == ""
    assert figure(0, "XOF") == "0"


def test_a_number_is_read_out_in_pairs() -> None:
    assert phone("+22890112233") == "+228 90 11 22 33"
    assert phone("+25377112233") == "+253 77 11 22 33"


def test_an_account_keeps_the_letters_that_tell_merchants_apart() -> None:
    assert short("available:mer_01M81TQSA5Q3RMD0PV8BG0DJGS:XOF") == "available:mer_…DJGS:XOF"
    assert short("float:tmoney") == "float:tmoney"


def test_no_word_of_anybodys_moves_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """S-LOG-01: an operator's reason, a name in a file: colours are the screen's own."""
    screen = Screen(as_json=False, lang="en", color=True, quiet=False)
    told = plain_table(("", "left"))
    evil = "paid\x1b[2J\x1b]0;owned\x07\x9b1A\rfailed"
    told.add_row(evil)
    screen.show(told)
    screen.show(Text(evil, "bold"))
    screen.line(evil)
    screen.failed(Failed(fr=evil, en=evil))
    printed = "".join(capsys.readouterr())
    assert printed.count("\ufffd[2J") == 4
    assert not set(printed) & set("\x1b\x07\x9b\r")
