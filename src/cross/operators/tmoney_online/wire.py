"""TMoney Online's words: the session and the order form (operators.md section 1: TagPay's page).

What a notification says is read in `notification.py`.
"""

import re
from datetime import timedelta
from http.client import OK
from typing import Final

from cross.domain.operator import (
    HandOver,
    LegRequest,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Unknown,
    Visit,
)
from cross.operators.tmoney_online.purchaseref import purchaseref_for
from cross.operators.tmoney_online.setup import Setup
from cross.outbound import HttpResponse

# Source: operators.md 1.1: exactly 32 characters and no line end.
_SESSION: Final = re.compile(rb"OK:([0-9A-Za-z]{32})", re.ASCII)
# Source: operators.md 1.1 lists UNKNOWN_MERCHANT and IP_NOT_ALLOWED (ASSUMED). Without a session
# nothing can be paid, so that any other code is as definite a no.
_REFUSAL: Final = re.compile(rb"NOK:([A-Z0-9_]{1,64})", re.ASCII)

# Source: operators.md 1.2.
DESCRIPTION_LENGTH_MAX: Final = 255
TEXT_LENGTH_MAX: Final = 250
ADDRESS_LENGTH_MAX: Final = 150
_LANGUAGES: Final = ("fr", "en")

_TAG: Final = re.compile(r"<[^<>]*>")


def session_outcome(response: HttpResponse) -> Outcome:
    """What the answer to a session request says; a session moves no money by itself."""
    if response.status != OK:
        return Unknown(f"HTTP status {response.status}")
    if session := _SESSION.fullmatch(response.body):
        return Pending(session[1].decode("ascii"), keeps=True)
    if refusal := _REFUSAL.fullmatch(response.body):
        code = refusal[1].decode("ascii")
        return Refused(RefusalCode.OPERATOR_REFUSED, code)
    return Unknown("the answer is neither a session nor a refusal")


def hand_over(request: LegRequest, visit: Visit, sessionid: str, setup: Setup) -> HandOver:
    """The order form, its fields in the document's order; a field that is not known is left out."""
    fields = (
        ("sessionid", sessionid),
        ("merchantid", setup.merchantid),
        ("amount", str(request.money.amount)),
        ("currency", request.money.currency.numeric),
        (
            "purchaseref",
            purchaseref_for(
                request.reference, merchantid=setup.merchantid, secret=setup.purchaseref_secret
            ),
        ),
        ("phonenumber", "" if request.wallet is None else request.wallet.digits),
        ("brand", setup.brand),
        ("description", _plain(request.description, DESCRIPTION_LENGTH_MAX)),
        ("accepturl", _address(visit.return_url)),
        ("declineurl", _address(visit.return_url)),
        ("cancelurl", _address(visit.cancel_url)),
        ("text", _plain(visit.title, TEXT_LENGTH_MAX)),
        ("language", visit.language if visit.language in _LANGUAGES else _LANGUAGES[0]),
    )
    ends_at = request.requested_at + timedelta(seconds=setup.session_seconds)
    return HandOver(
        setup.page_url,
        "POST",
        tuple((name, value) for name, value in fields if value),
        min(ends_at, visit.until),
    )


def _address(url: str) -> str:
    """The address, or none where it is too long: the operator then takes the configured one."""
    return url if len(url) <= ADDRESS_LENGTH_MAX else ""


def _plain(text: str, length_max: int) -> str:
    """The text without tags, line ends and control characters, as long as its field is."""
    words = _TAG.sub(" ", text).split()
    return "".join(filter(str.isprintable, " ".join(words)))[:length_max].strip()
