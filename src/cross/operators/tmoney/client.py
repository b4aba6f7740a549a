"""TMoney's connector: Cross's side of MBANKING JSON."""

from typing import Final
from urllib.parse import quote

from cross.clock import Clock
from cross.connector.asking import about_the_leg, ask
from cross.connector.configured import path_in, profile_with, settings_of, url_in
from cross.connector.settings_form import SettingsForm
from cross.connector.tokens import Token, Tokens
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    HandOver,
    LegRequest,
    LookUp,
    OperatorSettings,
    Outcome,
    Profile,
    RawCallback,
    Unknown,
)
from cross.operators.tmoney import wire
from cross.operators.tmoney.login import login_request, sign_in
from cross.outbound import HttpRequest, Outbound

_REQUIRED: Final = ("login_url", "credit_url", "debit_url", "nomUtilisateur", "motDePasse")
_DEFAULTS: Final = {  # operators.md 2.1: the paths of pre-production
    "login_path": "/login",
    "credit_path": "/api/tpcredit",
    "credit_status_path": "/api/tpcredit/check-transaction-id",
    "debit_path": "/tmoney-middleware/debit",
    "debit_status_path": "/tmoney-middleware/transactionid",
}
FORM: Final = SettingsForm(
    required=_REQUIRED,
    defaults=_DEFAULTS,
    shown=frozenset((*_DEFAULTS, "login_url", "credit_url", "debit_url", "nomUtilisateur")),
)


class TMoney:
    """Collects by push USSD, pays out by synchronous credit, asks by `idRequete`."""

    def __init__(
        self, profile: Profile, *, outbound: Outbound, settings: OperatorSettings, clock: Clock
    ) -> None:
        self._profile = profile_with(profile, settings)
        self._outbound = outbound
        self._deadline = self._profile.answer_timeout_seconds
        known = settings_of(profile.name, settings, required=_REQUIRED, defaults=_DEFAULTS)

        def address(base: str, path: str) -> str:
            return url_in(profile.name, known, base) + path_in(profile.name, known, path)

        self._credit_url = address("credit_url", "credit_path")
        self._debit_url = address("debit_url", "debit_path")
        self._credit_status_url = address("credit_url", "credit_status_path") + "?idRequete="
        self._debit_status_url = address("debit_url", "debit_status_path") + "?idRequete="
        login = login_request(
            address("login_url", "login_path"),
            user=known["nomUtilisateur"],
            password=known["motDePasse"],
            deadline_seconds=self._deadline,
        )
        self._tokens = Tokens(fetch=lambda: sign_in(outbound, login, clock), clock=clock)

    @property
    def profile(self) -> Profile:
        """What TMoney is, with the waiting times of these settings."""
        return self._profile

    async def collect(self, request: LegRequest) -> Outcome:
        """Ask a payer's wallet for money; the payer approves on the phone."""
        answer = await self._ask("POST", self._debit_url, wire.request_body(request))
        return answer if isinstance(answer, Unknown) else wire.debit_outcome(answer, request)

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet, at once."""
        answer = await self._ask("POST", self._credit_url, wire.request_body(request))
        return answer if isinstance(answer, Unknown) else wire.credit_outcome(answer, request)

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        """What became of a debit."""
        answer = await self._ask("GET", self._debit_status_url + quote(request.reference, safe=""))
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        return wire.status_outcome(answer, request, kind=wire.DEBIT)

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        """What became of a credit."""
        answer = await self._ask("GET", self._credit_status_url + quote(request.reference, safe=""))
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        return wire.status_outcome(answer, request, kind=wire.CREDIT)

    async def refund(self, request: LegRequest) -> Outcome:
        """Give back to the payer: a credit like any other."""
        return await self.pay_out(request)

    async def look_up_refund(self, request: LegRequest) -> LookUp:
        """What became of that credit."""
        return await self.look_up_payout(request)

    async def take_back(self, request: LegRequest) -> None:
        """Nothing: no call for it is known, and the payer's time runs out by itself."""
        del request

    def hand_over(self, request: LegRequest, operator_reference: str) -> HandOver | None:
        """None: the payer approves on the phone."""
        del request, operator_reference
        return None

    def read_callback(self, callback: RawCallback) -> CallbackHint:
        """Which leg a callback speaks of."""
        return wire.read_callback(callback)

    def reply_to_callback(self, callback: RawCallback) -> CallbackReply:
        """*Received*, in TMoney's words."""
        return wire.reply_to_callback(callback)

    async def _ask(self, method: str, url: str, body: bytes = b"") -> wire.Answer | Unknown:
        """The answer to a request with a token; with another token once if that one was refused.

        The same request is repeated only because the refusal of a token is definite
        (`wire.refuses_token`). What follows is never `sent=False`: the first request did leave.
        """
        token = await self._tokens.current()
        if isinstance(token, Unknown):
            return token
        answer = await self._send(method, url, body, token)
        if isinstance(answer, Unknown) or not wire.refuses_token(answer):
            return answer
        token = await self._tokens.instead_of(token)
        if isinstance(token, Unknown):
            return about_the_leg(token)
        answer = await self._send(method, url, body, token)
        return about_the_leg(answer) if isinstance(answer, Unknown) else answer

    async def _send(
        self, method: str, url: str, body: bytes, token: Token
    ) -> wire.Answer | Unknown:
        request = HttpRequest(method, url, token.headers, body, self._deadline)
        answer = await ask(self._outbound, request)
        return answer if isinstance(answer, Unknown) else wire.read_answer(answer)
