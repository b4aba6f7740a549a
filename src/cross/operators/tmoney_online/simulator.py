"""The simulated TMoney Online: sessions, the order form, its hosted page and its notifications."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from cross.domain.money import XOF
from cross.operators.tmoney_online.simulator_notification import (
    ANSWER_SECONDS,
    RETRY_SECONDS,
    notification,
)
from cross.operators.tmoney_online.simulator_pages import TARGET
from cross.operators.tmoney_online.simulator_sessions import LOOPBACK, Sessions
from cross.operators.tmoney_online.simulator_visits import Visits
from cross.simulation.callbacks import CallbackBody
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Reply, Request, Route, Visit
from cross.simulation.facts import Facts
from cross.simulation.payments import Payment

FACTS: Final = Facts(
    name="tmoney-online",
    currency=XOF.code,
    # Source: operators.md section 6.1
    prefixes=tuple(f"228{p}" for p in ("70", "71", "72", "73", "90", "91", "92", "93")),
    number_digits=11,
    credentials=MappingProxyType({"merchantid": "1234567890123456"}),  # Source: sandbox.md 1
    client_settings=MappingProxyType(
        {
            "accepturl": "",
            "declineurl": "",
            "cancelurl": "",
            "session_seconds": 180,  # Source: operators.md 1.1
            "wrong_otp_error": "AUTHENTICATION",  # operators.md 1.3, 7: the document contradicts
            "wrong_otp_redirect": "cancelurl",  # itself
        }
    ),
    choices=MappingProxyType(
        {
            "wrong_otp_error": ("AUTHENTICATION", "CANCEL"),
            "wrong_otp_redirect": ("cancelurl", "declineurl"),
        }
    ),
    retry_seconds=RETRY_SECONDS,
    answer_seconds=ANSWER_SECONDS,
)

_ONLINE: Final = "/online/online.php"


class TMoneyOnline:
    """TMoney Online's words, between HTTP and the cashier."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._sessions = Sessions(office.clients, world=office.world)
        self._visits = Visits(office, sessions=self._sessions)

    def routes(self) -> Mapping[str, Route]:
        """One path for servers and browsers alike (operators.md 1.1, 1.2), one for the pages."""
        return {
            _ONLINE: Route(("GET", "POST"), self._read),
            f"/online/{TARGET}": Route(("POST",), self._visits.read_page),
        }

    def expire_tokens(self) -> Reply:
        """Make every session invalid: the only thing here that ends like a token."""
        self._sessions.forget()
        return Reply(200, b"NOK:EXPIRED_SESSION", b"text/plain")

    def callback(self, payment: Payment) -> CallbackBody:
        """The notification of a payment (operators.md 1.4)."""
        office = self._office
        return notification(payment, purse=office.purse, now=office.world.timers.now())

    def _read(self, request: Request) -> Call:
        if request.method == "POST":
            return self._visits.read_form(request)
        return Visit("", partial(self._sessions.open, request))


def create_dialect(office: Office) -> TMoneyOnline:
    """TMoney Online, which nobody has visited yet."""
    return TMoneyOnline(office)


def acknowledges(answer: bytes) -> bool:
    """Whether the merchant answered `OK`; any 2xx counts as delivered all the same."""
    return answer.strip() == b"OK"


def sandbox_settings(base_url: str) -> Mapping[str, str]:
    """The connector's settings to reach this simulator as its first client."""
    return {
        "base_url": base_url,
        "merchantid": FACTS.credentials["merchantid"],
        "brand": "CROSS",
        "purchaseref_secret": "cross-sandbox-purchaseref",
        "allowed_networks": ", ".join(LOOPBACK),
    }
