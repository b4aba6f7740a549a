"""`client.sandbox`: the control API of the simulated operators."""

from collections.abc import Mapping
from typing import Any

from cross_switch.calling import Async, Listing, Request, Sync, Wait, given, pages, sends, waits
from cross_switch.sandbox.shapes import Fault, Handset, Moved, Prompt, Purse, Statement, Time

PIN = "1234"  # every simulated wallet's, unless `set_wallet` gives it another


class SandboxCalls:
    """Simulated operators: payers to play, faults to plant, a clock to move."""

    @sends
    def handset(self, msisdn: str, /) -> Request[Handset]:
        """A simulated phone: its open prompts, its messages, its wallets' balances."""
        return _asked("GET", "/control/handsets/{msisdn}", Handset, msisdn=_digits(msisdn))

    @waits
    def prompted(
        self, msisdn: str, /, *, timeout: float = 10.0, every: float = 0.1
    ) -> Wait[Handset]:
        """A simulated phone once somebody has to answer it."""
        asked = _asked("GET", "/control/handsets/{msisdn}", Handset, msisdn=_digits(msisdn))
        return Wait(
            request=asked, until=lambda phone: bool(phone.prompts), timeout=timeout, every=every
        )

    @pages
    def prompts(self) -> Listing[Prompt]:
        """Every open prompt on any phone, the oldest first."""
        return _listed("/control/prompts", Prompt, {})

    @sends
    def approve(self, msisdn: str, prompt: str, /, *, pin: str = PIN) -> Request[Mapping[str, Any]]:
        """Type the PIN at a prompt; a wrong one leaves two tries."""
        body = {"action": "approve", "pin": pin}
        path = "/control/handsets/{msisdn}/prompts/{prompt}"
        return _asked("POST", path, Any, body, msisdn=_digits(msisdn), prompt=prompt)

    @sends
    def refuse(self, msisdn: str, prompt: str, /) -> Request[Mapping[str, Any]]:
        """Say no at a prompt."""
        path = "/control/handsets/{msisdn}/prompts/{prompt}"
        body = {"action": "refuse"}
        return _asked("POST", path, Any, body, msisdn=_digits(msisdn), prompt=prompt)

    @sends
    def wallet(self, operator: str, msisdn: str, /) -> Request[Purse]:
        """A wallet that was opened; the first use of a number opens it."""
        path = "/control/wallets/{operator}/{msisdn}"
        return _asked("GET", path, Purse, operator=operator, msisdn=_digits(msisdn))

    @sends
    def set_wallet(
        self,
        operator: str,
        msisdn: str,
        /,
        *,
        balance: int | None = None,
        pin: str | None = None,
        name: str | None = None,
        blocked: bool | None = None,
    ) -> Request[Purse]:
        """Open a wallet, or change what is given of it."""
        path = "/control/wallets/{operator}/{msisdn}"
        body = given({"balance": balance, "pin": pin, "name": name, "blocked": blocked})
        return _asked("PUT", path, Purse, body, operator=operator, msisdn=_digits(msisdn))

    @pages
    def wallets(self, *, operator: str | None = None) -> Listing[Purse]:
        """The wallets that are open."""
        return _listed("/control/wallets", Purse, {"operator": operator})

    @pages
    def journal(
        self, *, operator: str | None = None, reference: str | None = None
    ) -> Listing[Moved]:
        """Every movement that the operators really made: the judge of a test about money."""
        query = {"operator": operator, "reference": reference}
        return _listed("/control/journal", Moved, query)

    @sends
    def statement(
        self, operator: str, /, *, date: str | None = None, breaks: int = 0, seed: int = 0
    ) -> Request[Statement]:
        """What an operator would send that night, and which breaks are planted in it."""
        query = {"date": date, "breaks": breaks, "seed": seed, "format": "json"}
        return _statement(operator, Statement, query)

    @sends
    def statement_csv(
        self, operator: str, /, *, date: str | None = None, breaks: int = 0, seed: int = 0
    ) -> Request[str]:
        """The same as a file to reconcile with: nothing in it tells its breaks."""
        query = {"date": date, "breaks": breaks, "seed": seed, "format": "csv"}
        return _statement(operator, str, query)

    @sends
    def plant_fault(
        self,
        *,
        operator: str,
        fault: str,
        probability: float | None = None,
        count: int | None = None,
        match: str | None = None,
        value: int | None = None,
    ) -> Request[Fault]:
        """Let something go wrong at an operator: `drop_after`, `down`, `latency`, …."""
        body = {
            "operator": operator,
            "fault": fault,
            "probability": probability,
            "count": count,
            "match": match,
            "value": value,
        }
        return _asked("POST", "/control/faults", Fault, given(body))

    @pages
    def faults(self) -> Listing[Fault]:
        """What is planted."""
        return _listed("/control/faults", Fault, {})

    @sends
    def clear_faults(self) -> Request[Mapping[str, Any]]:
        """Let nothing go wrong any more."""
        return _asked("DELETE", "/control/faults", Any)

    @sends
    def advance_clock(self, seconds: float, /) -> Request[Time]:
        """Move the simulators' clock on: prompts expire, delayed callbacks come."""
        return _asked("POST", "/control/clock", Time, {"advance_seconds": seconds})

    @sends
    def resend_callback(self, operator: str, reference: str, /) -> Request[Mapping[str, Any]]:
        """Let an operator send its callback about one of its references again."""
        path = "/control/callbacks/{operator}/{reference}/resend"
        return _asked("POST", path, Any, {}, operator=operator, reference=reference)

    @sends
    def reset(self) -> Request[Mapping[str, Any]]:
        """Bring all of it back to the start."""
        return _asked("POST", "/control/reset", Any, {})


class Sandbox(SandboxCalls, Sync):
    """`Cross.sandbox`."""


class AsyncSandbox(SandboxCalls, Async):
    """`AsyncCross.sandbox`."""


def _digits(msisdn: str) -> str:
    return "".join(digit for digit in msisdn if digit.isdigit())


def _asked(
    method: str, path: str, kind: Any, body: Mapping[str, Any] | None = None, **named: str
) -> Request[Any]:
    return Request(
        method=method, path=path, kind=kind, body=body, named=named, again=True, to_sandbox=True
    )


def _statement(operator: str, kind: Any, query: Mapping[str, Any]) -> Request[Any]:
    return Request(
        method="GET",
        path="/control/statements/{operator}",
        kind=kind,
        named={"operator": operator},
        query=given(query),
        to_sandbox=True,
    )


def _listed(path: str, kind: type[Any], query: Mapping[str, Any]) -> Listing[Any]:
    asked: Request[Any] = Request(
        method="GET", path=path, kind=dict, query=given(query), to_sandbox=True
    )
    return Listing(request=asked, kind=kind)
