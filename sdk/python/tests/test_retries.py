"""A lost answer, a busy server: tried again under the same key, and told truly in the end."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import cross_switch as sdk
from cross_switch import AsyncCross, Cross
from cross_switch.calling import Request
from cross_switch.conversation import Patience, Pause, Try, conversation
from sdk.python.tests.described import KEY, NOWHERE

PROBLEM = {"content-type": "application/problem+json"}
TRANSFER = {"id": "trf_1", "object": "transfer", "status": "debiting"}
LOST = httpx.ReadTimeout("read timeout")
UNHEARD = httpx.ConnectError("refused")

Heard = httpx.Response | httpx.RequestError


class Server:
    """Answers one thing after another, and remembers what it was asked."""

    def __init__(self, *answers: Heard) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx.RequestError):
            raise answer
        return answer

    @property
    def keys(self) -> set[str | None]:
        """The keys that it was sent."""
        return {request.headers.get("idempotency-key") for request in self.asked}

    def client(self, *, retries: int = 4) -> Cross:
        """A client that is as patient as a test."""
        http = httpx.Client(transport=httpx.MockTransport(self))
        client = Cross(KEY, base_url=NOWHERE, sandbox_url=NOWHERE, http=http)
        client._settings.patience = Patience(retries=retries, first_seconds=0)
        return client

    def async_client(self, *, retries: int = 4) -> AsyncCross:
        """The same, to be awaited."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        client = AsyncCross(KEY, base_url=NOWHERE, sandbox_url=NOWHERE, http=http)
        client._settings.patience = Patience(retries=retries, first_seconds=0)
        return client


def refusal(status: int, code: str, category: str, **more: Any) -> httpx.Response:
    """A problem as Cross tells it."""
    told = {"code": code, "category": category, "status": status, "detail": "no", **more}
    return httpx.Response(status, json=told, headers=PROBLEM)


def accepted() -> httpx.Response:
    """A transfer, opened."""
    return httpx.Response(202, json=TRANSFER)


def create(client: Cross, **named: Any) -> Any:
    """A transfer asked for."""
    return client.transfers.create(quote="qt_1", **named)


@pytest.mark.parametrize(
    "first",
    [
        LOST,
        UNHEARD,
        httpx.DecodingError("bad gzip"),
        httpx.Response(200, text="<html>welcome"),
        httpx.Response(502, text="<html>"),
        httpx.Response(504),
        refusal(503, "unavailable", "internal"),
        refusal(429, "rate_limited", "limit"),
        refusal(409, "request_in_progress", "conflict"),
    ],
    ids=lambda heard: type(heard).__name__ + str(getattr(heard, "status_code", "")),
)
def test_it_is_tried_again_under_the_same_key(first: Heard) -> None:
    server = Server(first, first, accepted())

    assert create(server.client()).id == "trf_1"
    assert len(server.asked) == 3
    assert len(server.keys) == 1
    assert {request.content for request in server.asked} == {b'{"quote":"qt_1"}'}


def test_the_asynchronous_client_does_the_same() -> None:
    server = Server(LOST, refusal(409, "request_in_progress", "conflict"), accepted())

    made = asyncio.run(server.async_client().transfers.create(quote="qt_1"))

    assert made.status == "debiting"
    assert len(server.asked) == 3
    assert len(server.keys) == 1


def test_a_key_is_made_where_there_is_none_and_another_for_another_order() -> None:
    server = Server(accepted())
    client = server.client()
    create(client)
    create(client)
    create(client, idempotency_key="mine-1")
    create(client, idempotency_key="")

    first, second, mine, none = (request.headers["idempotency-key"] for request in server.asked)
    assert uuid.UUID(first).version == uuid.UUID(second).version == 4
    assert first != second
    assert (mine, none) == ("mine-1", "")


def test_after_the_last_try_the_outcome_is_unknown_and_the_key_finds_it() -> None:
    server = Server(LOST)

    with pytest.raises(sdk.OutcomeUnknownError, match="unknown") as caught:
        create(server.client(retries=2))

    assert len(server.asked) == 3
    assert server.keys == {caught.value.idempotency_key}
    assert caught.value.retryable
    found = Server(accepted())
    key = str(caught.value.idempotency_key)
    assert isinstance(found.client().responses.get(key), sdk.shapes.Transfer)
    assert found.asked[0].url.path == f"/v1/responses/{key}"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_leaves_the_outcome_unknown(status: int) -> None:
    server = Server(httpx.Response(status, text="oops"))
    with pytest.raises(sdk.OutcomeUnknownError) as caught:
        create(server.client(retries=1))

    assert caught.value.status == status
    assert len(server.asked) == (1 if status == 500 else 2)


def test_a_refusal_after_a_lost_answer_settles_it_but_too_many_calls_do_not() -> None:
    refused = refusal(422, "float_too_low", "float", retryable=True)
    with pytest.raises(sdk.FloatTooLowError):
        create(Server(LOST, refused).client())

    with pytest.raises(sdk.OutcomeUnknownError):
        create(Server(LOST, refusal(429, "rate_limited", "limit")).client())
    with pytest.raises(sdk.RateLimitedError):
        create(Server(refusal(429, "rate_limited", "limit")).client())


def test_what_has_no_key_is_sent_twice_only_if_the_first_was_not_heard() -> None:
    def link(client: Cross) -> Any:
        return client.payment_links.create(title="Pagne", currency="XOF")

    lost = Server(LOST)
    with pytest.raises(sdk.OutcomeUnknownError):
        link(lost.client())
    assert len(lost.asked) == 1

    unheard = Server(UNHEARD, httpx.Response(201, json={"id": "pl_1"}))
    assert link(unheard.client()).id == "pl_1"


def test_reading_and_cancelling_are_tried_again_and_end_as_a_server_error() -> None:
    asks: list[Callable[[Cross], Any]] = [
        lambda client: client.transfers.get("trf_1"),
        lambda client: client.orders.cancel("ord_1"),
    ]
    for ask in asks:
        server = Server(LOST)
        with pytest.raises(sdk.ServerError) as caught:
            ask(server.client(retries=2))
        assert len(server.asked) == 3
        assert caught.value.retryable


def test_the_server_says_how_long_to_wait_and_the_pauses_grow_with_jitter() -> None:
    asked: Request[Any] = Request(method="GET", path="/v1/balances", kind=Any)
    patience = Patience(retries=5, first_seconds=1.0, most_seconds=8.0)

    pauses = _pauses(asked, patience, LOST)
    told = _pauses(asked, patience, httpx.Response(429, headers={"retry-after": "7"}))

    for pause, longest in zip(pauses, (1, 2, 4, 8, 8), strict=True):
        assert longest / 2 <= pause <= longest
    assert all(7 <= pause <= 8 for pause in told)
    assert len(set(told)) > 1


def test_a_wait_of_an_hour_is_told_instead_of_waited_for() -> None:
    server = Server(httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(sdk.RateLimitedError):
        create(server.client())
    assert len(server.asked) == 1


def _pauses(asked: Request[Any], patience: Patience, heard: Heard) -> list[float]:
    acts = conversation(asked, patience)
    found, act = [], next(acts)
    while True:
        if isinstance(act, Pause):
            found.append(act.seconds)
        try:
            act = acts.send(heard if isinstance(act, Try) else None)
        except sdk.CrossError:
            return found


@pytest.mark.parametrize(
    ("status", "category", "kind"),
    [
        (422, "validation", sdk.ValidationError),
        (401, "authorisation", sdk.AuthenticationError),
        (400, "authorisation", sdk.AuthenticationError),
        (403, "authorisation", sdk.PermissionError_),
        (404, "not_found", sdk.NotFoundError),
        (409, "conflict", sdk.ConflictError),
        (422, "limit", sdk.LimitError),
        (422, "float", sdk.FloatTooLowError),
        (422, "operator", sdk.OperatorError),
        (409, "outcome_unknown", sdk.OutcomeUnknownError),
    ],
)
def test_an_error_is_of_its_category_and_says_all_that_was_said(
    status: int, category: str, kind: type[sdk.CrossError]
) -> None:
    told = {
        "param": "amount",
        "request_id": "req_1",
        "retryable": True,
        "user_message": {"fr": "Non", "en": "No"},
        "operator": {"name": "tmoney", "code": "E02", "message": None},
        "existing_id": "trf_0",
    }
    with pytest.raises(sdk.CrossError) as caught:
        create(Server(refusal(status, "some_code", category, **told)).client())

    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.category) == (status, "some_code", category)
    assert {name: getattr(error, name) for name in told} == told
    assert error.idempotency_key
    assert "some_code: no" in str(error)


def test_a_proxys_page_is_an_error_too() -> None:
    with pytest.raises(sdk.NotFoundError):
        Server(httpx.Response(404, text="<html>")).client().transfers.get("trf_1")
    with pytest.raises(sdk.ValidationError):
        create(Server(httpx.Response(413, text="too large")).client())


def test_lists_go_on_until_the_end() -> None:
    def part(ids: list[str], after: str | None) -> httpx.Response:
        data = [{"id": one, "object": "transfer"} for one in ids]
        listed = {"data": data, "has_more": after is not None, "next_cursor": after}
        return httpx.Response(200, json={"object": "list", **listed})

    server = Server(part(["a", "b"], "b"), part(["c"], None))
    found = [one.id for one in server.client().transfers.list(status="failed", limit=2)]

    assert found == ["a", "b", "c"]
    queries = [dict(request.url.params) for request in server.asked]
    assert queries[0] == {"status": "failed", "limit": "2"}
    assert queries[1] == {"status": "failed", "limit": "2", "starting_after": "b"}

    async def newer() -> list[str]:
        transfers = newer_server.async_client().transfers
        return [one.id async for one in transfers.list(ending_before="x")]

    newer_server = Server(part(["a", "b"], "a"), part([], None))
    assert asyncio.run(newer()) == ["a", "b"]
    assert dict(newer_server.asked[1].url.params) == {"ending_before": "a"}


def standing(status: str) -> httpx.Response:
    """A transfer as it stands."""
    return httpx.Response(200, json={**TRANSFER, "status": status})


def test_waiting_ends_when_it_is_final_or_says_how_it_stood() -> None:
    server = Server(standing("crediting"), standing("crediting"), standing("completed"))
    assert server.client().transfers.wait("trf_1", every=0).status == "completed"
    other = Server(standing("crediting"), standing("completed"))
    waiting = other.async_client().transfers.wait("trf_1", every=0)
    assert asyncio.run(waiting).status == "completed"

    slow = Server(standing("crediting")).client()
    with pytest.raises(sdk.WaitTimeoutError) as caught:
        slow.transfers.wait("trf_1", timeout=0, every=0.01)
    assert caught.value.last.status == "crediting"


def test_ids_and_moments_are_written_for_the_wire() -> None:
    server = Server(httpx.Response(200, json={"data": []}))
    client = server.client()
    list(client.transfers.list(created_from=datetime(2026, 11, 22, 12, tzinfo=UTC)))
    client.transfers.get("../orders?x=1#y")

    assert server.asked[0].url.params["created_from"] == "2026-11-22T12:00:00+00:00"
    assert server.asked[1].url.raw_path == b"/v1/transfers/..%2Forders%3Fx%3D1%23y"
    with pytest.raises(ValueError, match="time zone"):
        client.transfers.list(created_to=datetime(2026, 11, 22))  # noqa: DTZ001
