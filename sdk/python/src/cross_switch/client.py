"""`Cross` and `AsyncCross`: the same nouns and methods, that answer or are awaited."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from cross_switch import nouns
from cross_switch.calling import Listing, Request, Wait
from cross_switch.conversation import Heard, Patience, Pause, conversation
from cross_switch.errors import WaitTimeoutError
from cross_switch.paging import AsyncPages, Page, Pages
from cross_switch.sandbox.control import AsyncSandbox, Sandbox
from cross_switch.version import __version__

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 30.0
TEST_KEY: Final = "sk_test_"
LIVE_KEY: Final = "sk_live_"
AGENT: Final = f"cross-switch-sdk/{__version__} python/{sys.version_info[0]}.{sys.version_info[1]}"


class Settings:
    """What a client knows of its switch; the key is in its requests and nowhere else."""

    def __init__(
        self, api_key: str, base_url: str, sandbox_url: str | None, patience: Patience
    ) -> None:
        if not api_key.startswith((TEST_KEY, LIVE_KEY)):
            raise ValueError(f"an API key begins with {TEST_KEY} or {LIVE_KEY}")
        if api_key.startswith(LIVE_KEY) and not _is_private_way(base_url):
            raise ValueError("a live key goes over https only")
        if sandbox_url is not None and not api_key.startswith(TEST_KEY):
            raise ValueError("simulated operators are for test keys only")
        self.base_url = base_url.rstrip("/")
        self.sandbox_url = None if sandbox_url is None else sandbox_url.rstrip("/")
        self.patience = patience
        self._api_key = api_key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def wired(self, request: Request[Any]) -> dict[str, Any]:
        """The request as httpx is told of it."""
        base = self.sandbox_url if request.to_sandbox else self.base_url
        if base is None:
            raise ValueError("no simulated operators: give `sandbox_url` to the client")
        headers = {"User-Agent": AGENT, "Accept": "application/json, application/problem+json, */*"}
        if not request.to_sandbox:
            headers["Authorization"] = f"Bearer {self._api_key}"
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        # No redirect is followed, whatever the client that was brought does: the switch sends none,
        # and what is asked for, numbers and all, is for nobody else.
        wired: dict[str, Any] = {
            "method": request.method,
            "url": base + request.target,
            "follow_redirects": False,
        }
        if request.body is not None:
            wired["json"] = dict(request.body)
        if request.file is not None:
            headers["Content-Type"], wired["content"] = request.file
        if request.query:
            wired["params"] = dict(request.query)
        return {**wired, "headers": headers}


class Cross:
    """A switch, spoken to as one merchant.

    `base_url` is the switch's address, `sandbox_url` the simulated operators' where there are any.
    `http` brings your own httpx client (proxies, certificates); it stays yours to close.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        sandbox_url: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = 4,
        http: httpx.Client | None = None,
    ) -> None:
        self._settings = Settings(api_key, base_url, sandbox_url, Patience(retries=retries))
        self._owns_http = http is None
        self._http = http or httpx.Client(timeout=timeout)
        self.operators = nouns.Operators(self)
        self.quotes = nouns.Quotes(self)
        self.transfers = nouns.Transfers(self)
        self.collections = nouns.Collections(self)
        self.payouts = nouns.Payouts(self)
        self.payout_batches = nouns.PayoutBatches(self)
        self.refunds = nouns.Refunds(self)
        self.orders = nouns.Orders(self)
        self.payment_links = nouns.PaymentLinks(self)
        self.customers = nouns.Customers(self)
        self.balances = nouns.Balances(self)
        self.settlements = nouns.Settlements(self)
        self.ledger = nouns.Ledger(self)
        self.responses = nouns.Responses(self)
        self.webhook_endpoints = nouns.WebhookEndpoints(self)
        self.events = nouns.Events(self)
        self.request_logs = nouns.RequestLogs(self)

    @property
    def base_url(self) -> str:
        """The switch's address."""
        return self._settings.base_url

    @cached_property
    def sandbox(self) -> Sandbox:
        """The simulated operators: payers to play, faults to plant."""
        return Sandbox(self)

    def close(self) -> None:
        """Give the connections back."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Cross({self._settings.base_url!r})"

    def _send(self, request: Request[T]) -> T:
        wired = self._settings.wired(request)
        acts = conversation(request, self._settings.patience)
        heard: Heard = None
        while True:
            try:
                act = acts.send(heard)
            except StopIteration as ended:
                answer: T = ended.value
                return answer
            if isinstance(act, Pause):
                time.sleep(act.seconds)
                heard = None
                continue
            try:
                heard = self._http.request(**wired)
            except httpx.RequestError as error:
                heard = error

    def _list(self, listing: Listing[T]) -> Pages[T]:
        def parts() -> Iterator[Page[T]]:
            following: Listing[T] | None = listing
            while following is not None:
                page = following.page(self._send(following.request))
                yield page
                following = following.after(page)

        return Pages(parts)

    def _wait(self, wait: Wait[T]) -> T:
        ends_at = time.monotonic() + wait.timeout
        while True:
            found = self._send(wait.request)
            if wait.until(found):
                return found
            if time.monotonic() + wait.every > ends_at:
                raise WaitTimeoutError(_not_yet(wait), last=found)
            time.sleep(wait.every)


class AsyncCross:
    """As `Cross`, for asyncio: every method is awaited, every list is an `async for`."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        sandbox_url: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = 4,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._settings = Settings(api_key, base_url, sandbox_url, Patience(retries=retries))
        self._owns_http = http is None
        self._http = http or httpx.AsyncClient(timeout=timeout)
        self.operators = nouns.AsyncOperators(self)
        self.quotes = nouns.AsyncQuotes(self)
        self.transfers = nouns.AsyncTransfers(self)
        self.collections = nouns.AsyncCollections(self)
        self.payouts = nouns.AsyncPayouts(self)
        self.payout_batches = nouns.AsyncPayoutBatches(self)
        self.refunds = nouns.AsyncRefunds(self)
        self.orders = nouns.AsyncOrders(self)
        self.payment_links = nouns.AsyncPaymentLinks(self)
        self.customers = nouns.AsyncCustomers(self)
        self.balances = nouns.AsyncBalances(self)
        self.settlements = nouns.AsyncSettlements(self)
        self.ledger = nouns.AsyncLedger(self)
        self.responses = nouns.AsyncResponses(self)
        self.webhook_endpoints = nouns.AsyncWebhookEndpoints(self)
        self.events = nouns.AsyncEvents(self)
        self.request_logs = nouns.AsyncRequestLogs(self)

    @property
    def base_url(self) -> str:
        """The switch's address."""
        return self._settings.base_url

    @cached_property
    def sandbox(self) -> AsyncSandbox:
        """The simulated operators: payers to play, faults to plant."""
        return AsyncSandbox(self)

    async def close(self) -> None:
        """Give the connections back."""
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncCross({self._settings.base_url!r})"

    async def _send(self, request: Request[T]) -> T:
        wired = self._settings.wired(request)
        acts = conversation(request, self._settings.patience)
        heard: Heard = None
        while True:
            try:
                act = acts.send(heard)
            except StopIteration as ended:
                answer: T = ended.value
                return answer
            if isinstance(act, Pause):
                await asyncio.sleep(act.seconds)
                heard = None
                continue
            try:
                heard = await self._http.request(**wired)
            except httpx.RequestError as error:
                heard = error

    def _list(self, listing: Listing[T]) -> AsyncPages[T]:
        async def parts() -> AsyncIterator[Page[T]]:
            following: Listing[T] | None = listing
            while following is not None:
                page = following.page(await self._send(following.request))
                yield page
                following = following.after(page)

        return AsyncPages(parts)

    async def _wait(self, wait: Wait[T]) -> T:
        ends_at = time.monotonic() + wait.timeout
        while True:
            found = await self._send(wait.request)
            if wait.until(found):
                return found
            if time.monotonic() + wait.every > ends_at:
                raise WaitTimeoutError(_not_yet(wait), last=found)
            await asyncio.sleep(wait.every)


def _not_yet(wait: Wait[Any]) -> str:
    return f"{wait.request.target} is not as waited for after {wait.timeout:g} s"


def _is_private_way(address: str) -> bool:
    place = urlsplit(address)
    if place.scheme == "https":
        return True
    try:
        return ip_address(place.hostname or "").is_loopback
    except ValueError:
        return place.hostname == "localhost"
