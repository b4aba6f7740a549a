"""What strangers write of themselves and of others: hosts, ranges, hops, names, statements."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

import cross
from cross.domain.ids import unguessable
from cross.outbound import HttpRequest, HttpResponse
from cross.randomness import RandomSource
from tests.api.conftest import till_in
from tests.api.till import PAYOUT, Till
from tests.conftest import NewStore
from tests.switch.paying import ONLINE, asked_for, pay_online
from tests.world import SECRET, SWITCH_ADDRESS, World, quick_settings, small_world, until

SOURCE = Path(cross.__file__).parent
PRODUCTION = [path for path in sorted(SOURCE.rglob("*.py")) if "tests" not in path.parts]
ELSEWHERE = "evil.example"

HOSTS = {
    "another's name": (("Host", ELSEWHERE),),
    "another's port": (("Host", f"switch:{8443}@{ELSEWHERE}"),),
    "a proxy's word": (("X-Forwarded-Host", ELSEWHERE), ("Forwarded", f"host={ELSEWHERE}")),
    "a path in it": (("Host", f"switch/../{ELSEWHERE}"),),
    "two of them": (("Host", "switch"), ("Host", ELSEWHERE)),
}

STATEMENTS = (
    "'; DROP TABLE movements; --",
    "' OR '1'='1",
    "x') UNION SELECT secret FROM api_keys --",
)


@pytest.fixture
def full(new_store: NewStore, tmp_path: Path) -> Iterator[Till]:
    """A till on each engine."""
    with till_in(tmp_path, store=new_store()) as till:
        yield till


async def ask(world: World, method: str, path: str, *headers: tuple[str, str]) -> HttpResponse:
    """A request as a merchant, with headers that somebody wrote."""
    own = ("Authorization", f"Bearer {SECRET}")
    return await world.network.send(HttpRequest(method, SWITCH_ADDRESS + path, (own, *headers)))


@pytest.mark.parametrize("host", HOSTS)
def test_no_address_is_made_of_what_a_request_says_of_our_name(tmp_path: Path, host: str) -> None:
    """F-I12, S-API-12: not in a page, an answer, a header; every address is the configured one."""

    async def scenario() -> list[HttpResponse]:
        async with small_world(
            tmp_path, settings=quick_settings(only=("flooz", "dmoney"))
        ) as world:
            body = {"amount": 500, "currency": "XOF", "reference": "R", "title": "Pagne"}
            made, order = await world.ask("POST", "/v1/orders", body, key="o")
            assert made.status == 201, order
            page = "/" + order["checkout_url"].partition("//")[2].partition("/")[2]
            return [
                await ask(world, "GET", path, *HOSTS[host])
                for path in (page, "/openapi.json", f"/v1/orders/{order['id']}", "/nowhere", "//")
            ]

    for answer in asyncio.run(scenario()):
        assert ELSEWHERE.encode() not in answer.body
        assert not [value for _, value in answer.headers if ELSEWHERE in value]


def test_no_code_reads_the_name_by_which_it_was_called() -> None:
    """F-I12: neither the header nor an address made of it."""
    made = re.compile(r"request\.base_url|url_for\(|request\.url\b(?!\.path)|headers\[.host.\]")

    assert not [
        path.relative_to(SOURCE).as_posix()
        for path in PRODUCTION
        if made.search(path.read_text(encoding="utf-8"))
        and path.relative_to(SOURCE).parts[0] in {"api", "web", "partner", "inbound"}
    ]


@pytest.mark.parametrize(
    "ranges", ["bytes=0-1", "bytes=" + ",".join(f"{n}-{n + 1}" for n in range(5_000)), "bytes=-"]
)
def test_a_part_of_something_is_not_to_be_had(tmp_path: Path, ranges: str) -> None:
    """F-I13: the whole is served, at once, whatever pieces are asked for."""

    async def scenario() -> list[tuple[HttpResponse, HttpResponse]]:
        async with small_world(tmp_path, settings=quick_settings(only=("flooz",))) as world:
            paths = ("/openapi.json", "/v1/balances")
            return [
                (await ask(world, "GET", path), await ask(world, "GET", path, ("Range", ranges)))
                for path in paths
            ]

    for whole, part in asyncio.run(scenario()):
        assert (part.status, len(part.body)) == (200, len(whole.body))


def test_nothing_serves_files_by_range() -> None:
    """F-I13: no class of the framework that would read the header."""
    serving = ("StaticFiles", "FileResponse")

    assert not [
        path.name
        for path in PRODUCTION
        if any(word in path.read_text(encoding="utf-8") for word in serving)
    ]


@pytest.mark.parametrize(
    ("peer", "said", "becomes"),
    [
        ("127.0.0.1", None, "succeeded"),
        ("203.0.113.9", None, "pending"),
        ("203.0.113.9", "127.0.0.1", "pending"),
        ("203.0.113.9", "127.0.0.1, 127.0.0.1", "pending"),
        ("203.0.113.9", "203.0.113.9, 127.0.0.1", "pending"),
    ],
)
def test_a_forged_hop_brings_no_notification_inside(
    tmp_path: Path, peer: str, said: str | None, becomes: str
) -> None:
    """F-C17, S-API-10: the operator's network counts at the socket, not where it is written."""

    async def scenario() -> str:
        async with small_world(tmp_path, settings=quick_settings(only=(ONLINE,))) as world:
            collection = await asked_for(world, ONLINE)
            reference = collection["next_action"]["fields"]["purchaseref"]
            world.network._peer = peer
            hops = () if said is None else (("X-Forwarded-For", said), ("X-Real-IP", said))
            path = f"/callbacks/{ONLINE}/{world.switch.callback_tokens[ONLINE]}"
            answer = await ask(world, "GET", f"{path}?{notified(reference)}", *hops)
            assert answer.status == 200
            await world.network.settle()
            if becomes == "succeeded":
                await until(lambda: not world.switch.live)
            kept = await world.switch.store.rows("SELECT says FROM callbacks", {})
            assert len(kept) == 1
            [(status,)] = await world.switch.store.rows("SELECT status FROM legs", {})
            return str(status)

    assert asyncio.run(scenario()) == becomes


def notified(reference: str) -> str:
    """What TMoney Online says of a payment, in its own fields (operators.md 1.3)."""
    fields = {
        "purchaseref": reference, "amount": "5000", "currency": "952", "status": "OK",
        "clientid": "", "cname": "", "mobile": "22890112201", "paymentref": "7712345",
        "payid": "1", "timestamp": "1795342541", "error": "",
    }  # fmt: skip
    return urlencode(fields)


@pytest.mark.parametrize("said", STATEMENTS)
def test_no_value_of_a_stranger_becomes_part_of_a_statement(full: Till, said: str) -> None:
    """F-S23: in a filter, a reference, a header, a name; kept as it is, or refused by name."""
    made = full.post("/v1/payouts", {**PAYOUT, "description": said}, key="k")
    assert (made.status, made.content["description"]) == (202, said)
    quoted = said.replace(" ", "%20").replace("'", "%27").replace(";", "%3B")
    for path in (
        f"/v1/payouts?reference={quoted}",
        f"/v1/payouts?status={quoted}",
        f"/v1/payouts/{quoted}",
        f"/v1/events?type={quoted}",
        f"/v1/ledger/entries?account={quoted}",
        f"/v1/transfers?starting_after={quoted}",
    ):
        assert full.get(path).status in {200, 400, 404, 422}, path
    assert full.movements_stored() == 1


def test_no_answer_has_a_line_that_somebody_smuggled_in(full: Till) -> None:
    """F-S23: what a request says comes back in no header, split or whole."""
    answer = full.get("/v1/balances", **{"X-Request-Id": "a\r\nSet-Cookie: x=1"})

    assert "set-cookie" not in {name.lower() for name in answer.headers}


def test_no_other_site_may_call_in_a_browsers_name(full: Till) -> None:
    """S-API-14: no origin is allowed, whatever asks and however."""
    answer = full.get("/v1/balances", Origin=f"https://{ELSEWHERE}")

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_an_address_that_opens_a_page_has_130_bits_and_none_of_them_is_repeated() -> None:
    """F-S16, S-WEB-08: of 20 000 draws no two are one, and each place has every letter."""
    random_bits = RandomSource()
    drawn = [unguessable(random_bits) for _ in range(20_000)]

    assert len(set(drawn)) == len(drawn)
    assert {len(token) for token in drawn} == {26}
    for place in range(26):
        assert len({token[place] for token in drawn}) == 32


def test_a_wallet_that_is_there_is_told_as_one_that_is_not(full: Till) -> None:
    """F-S18, S-API-13: nobody's name, nothing of the wallet; only what its number says."""
    found = [
        full.get(f"/v1/operators/lookup?msisdn=2289011{last}").content
        for last in ("2233", "9999", "0101")
    ]

    assert len({tuple(sorted(one)) for one in found}) == 1
    assert len({(one["operator"], one["confidence"], one["country"]) for one in found}) == 1
    assert not [one for one in found if {"name", "exists", "holder"} & set(one)]


def test_an_operators_token_is_text_and_nothing_is_read_in_it() -> None:
    """F-S30: no `alg` is looked at where no token is opened; the gateway's own are `partner`'s."""
    opened = re.compile(r"import jwt|[\"']alg[\"']|urlsafe_b64decode")
    places = ("operators", "connector")

    assert [
        path.relative_to(SOURCE).as_posix()
        for path in PRODUCTION
        if path.relative_to(SOURCE).parts[0] in places
        and "simulator" not in path.stem
        and opened.search(path.read_text(encoding="utf-8"))
    ] == ["operators/tmoney/login.py"]  # `exp`, to know when to sign in anew


def test_nothing_is_pushed_to_a_backend_of_metrics_or_traces() -> None:
    """F-R10: figures are fetched by who wants them; where nobody does, nobody waits."""
    pushes = "opentelemetry|statsd|datadog|sentry_sdk|push_to_gateway"
    imports = re.compile(rf"^\s*(?:from|import)\s.*\b(?:{pushes})\b", re.MULTILINE)

    assert not [
        path.name for path in PRODUCTION if imports.search(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("reference", ["Ａ-1", "A\u0301-1", "A‑1", "А-1", "A-1\u200b", "é"])
def test_a_reference_has_no_twin_in_another_script(full: Till, reference: str) -> None:
    """F-I09, I-30: visible ASCII only, so that two that look the same are the same."""
    refused = full.post("/v1/payouts", {**PAYOUT, "reference": reference})

    assert (refused.status, refused.content["param"]) == (422, "reference")
    assert full.movements_stored() == 0


@pytest.mark.parametrize(
    "field", ["status", "state", "fee", "merchant", "merchant_id", "livemode", "id", "version"]
)
def test_nobody_says_of_a_movement_what_is_ours_to_say(full: Till, field: str) -> None:
    """F-S10, S-API-06: refused by the field's name, and nothing is written."""
    refused = full.post("/v1/payouts", {**PAYOUT, field: "succeeded"})

    assert (refused.status, refused.content["param"]) == (422, field)
    assert full.movements_stored() == 0


def test_a_merchant_is_told_no_number_that_it_did_not_bring(tmp_path: Path) -> None:
    """S-OUT-05, I-42: who paid on the operator's page is known to us alone."""

    async def scenario() -> tuple[str, str]:
        async with small_world(tmp_path, settings=quick_settings(only=(ONLINE,))) as world:
            collection = await asked_for(world, ONLINE)
            await pay_online(world, collection)
            await until(lambda: not world.switch.live)
            kept = await world.switch.store.rows("SELECT body FROM events", {})
            _, shown = await world.ask("GET", f"/v1/collections/{collection['id']}")
            assert shown["status"] == "succeeded"
            return json.dumps(shown), "".join(str(body) for (body,) in kept)

    for told in asyncio.run(scenario()):
        assert "90112201" not in told
