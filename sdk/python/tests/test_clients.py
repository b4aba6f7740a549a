"""One description, two clients: the same nouns, methods, parameters and answers."""

import inspect
import tomllib
from pathlib import Path

import httpx
import pytest

from cross_switch import AsyncCross, Cross, CrossError, __version__
from sdk.python.tests.described import ASYNC_CLIENT, CLIENT, methods, nouns

LIVE = "sk_live_nobody"


def test_both_clients_have_the_same_nouns_and_methods() -> None:
    theirs = {name: methods(noun) for name, noun in nouns(CLIENT).items()}

    assert theirs == {name: methods(noun) for name, noun in nouns(ASYNC_CLIENT).items()}
    assert {"create", "get", "list", "recheck", "wait"} <= set(theirs["transfers"])


def test_a_method_takes_the_same_on_both() -> None:
    for (name, one), other in zip(nouns(CLIENT).items(), nouns(ASYNC_CLIENT).values(), strict=True):
        for method in methods(one):
            ours, theirs = getattr(one, method), getattr(other, method)
            assert inspect.signature(ours) == inspect.signature(theirs), f"{name}.{method}"
            assert ours.__doc__, f"{name}.{method}"


def test_the_clients_take_the_same_but_for_the_http_client() -> None:
    ours = dict(inspect.signature(Cross).parameters)
    theirs = dict(inspect.signature(AsyncCross).parameters)
    del ours["http"], theirs["http"]

    assert ours == theirs
    assert all(p.kind is p.KEYWORD_ONLY for name, p in ours.items() if name != "api_key")


def test_a_client_does_not_print_its_key() -> None:
    for client in (CLIENT, ASYNC_CLIENT):
        assert "sk_test" not in repr(client) + repr(client._settings) + str(client)


def test_a_live_key_goes_over_https_or_not_at_all() -> None:
    for address in ("http://pay.example", "http://192.0.2.7:8228", "ftp://pay.example"):
        with pytest.raises(ValueError, match="https"):
            Cross(LIVE, base_url=address)
    for address in ("https://pay.example", "http://127.0.0.1:8228", "http://localhost:8228"):
        Cross(LIVE, base_url=address).close()


def test_simulated_operators_are_for_test_keys() -> None:
    with pytest.raises(ValueError, match="test keys"):
        Cross(LIVE, base_url="https://pay.example", sandbox_url="http://127.0.0.1:8229")
    with pytest.raises(ValueError, match="sandbox_url"):
        Cross("sk_test_nobody", base_url="https://pay.example").sandbox.handset("22890112233")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed_whatever_the_http_client_that_was_brought_does(
    status: int,
) -> None:
    """Key, numbers and amounts are for the switch that was named, and for no other host."""
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(status, headers={"location": "https://evil.example/v1/balances"})

    transport = httpx.MockTransport(elsewhere)
    with httpx.Client(transport=transport, follow_redirects=True) as http:
        client = Cross(LIVE, base_url="https://pay.example", retries=0, http=http)
        with pytest.raises(CrossError) as refused:
            client.transfers.get("trf_1")
        with pytest.raises(CrossError):
            client.payouts.create(operator="tmoney", msisdn="90112233", amount=500, currency="XOF")
    assert set(asked) == {"pay.example"}
    assert LIVE not in repr(refused.value)


def test_what_is_no_key_is_told_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="sk_test_"):
        Cross("whsec_oops", base_url="https://pay.example")


def test_the_version_is_the_packages() -> None:
    project = Path(__file__).parents[1] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == __version__
