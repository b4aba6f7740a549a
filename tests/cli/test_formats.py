"""`--live` and `--format csv`: real money is meant, and a list is a spreadsheet's."""

import asyncio

import pytest

from cross.cli.calls import Calls
from cross.cli.screen import USAGE, Failed, Screen
from cross.outbound import HttpRequest, HttpResponse


class Deaf:
    """A network on which nothing may be sent."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Never."""
        raise AssertionError(request.url)


def test_a_key_of_real_money_moves_none_unless_it_is_said() -> None:
    calls = Calls(Deaf(), "https://pay.cross.tg", "sk_live_x", is_live_meant=False)

    with pytest.raises(Failed, match="--live") as raised:
        asyncio.run(calls.open("/v1/payouts", {}, key=None))
    assert raised.value.code == USAGE


def test_a_list_is_written_as_csv_and_no_cell_is_a_formula(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """S-DASH-06."""
    screen = Screen(as_json=False, lang="en", color=False, quiet=False, as_csv=True)

    screen.say(fr="x", en="x")
    screen.document({"data": [{"id": "a", "n": 1}, {"id": "=1+1", "more": {"b": None}}]})

    assert capsys.readouterr().out.splitlines() == [
        "id,n,more",
        "a,1,",
        '''\'=1+1,,"{""b"": null}"''',
    ]
