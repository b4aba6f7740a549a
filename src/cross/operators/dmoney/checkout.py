"""The way to D-Money's page: a signed address that names an order and tells nothing of it (5.5)."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from cross.clock import Clock
from cross.domain.operator import HandOver, LegRequest
from cross.operators.dmoney.gateway import Gateway
from cross.operators.dmoney.setup import Setup
from cross.operators.dmoney.signing import signed

_PATH: Final = "/payment/web/paygate"  # operators.md 5.1
_LANGUAGES: Final = ("fr", "en")  # operators.md 5.5
_SIGNED_FOR: Final = timedelta(minutes=4)  # ASSUMED: within the 5 minutes of 5.4, should they count
_KEPT_MAX: Final = 1_000


class _Kept(NamedTuple):
    url: str
    until: datetime


class Checkout:
    """Signs addresses, and gives the same one to all who look at a page within minutes."""

    def __init__(self, setup: Setup, gateway: Gateway, *, clock: Clock) -> None:
        self._setup = setup
        self._gateway = gateway
        self._clock = clock
        self._kept: dict[tuple[str, str], _Kept] = {}

    def way(self, request: LegRequest, prepay_id: str) -> HandOver:
        """Where the payer's browser goes, by GET; the visit ends with the order."""
        visit = request.visit
        wanted = _LANGUAGES[0] if visit is None else visit.language
        language = wanted if wanted in _LANGUAGES else _LANGUAGES[0]
        if visit is None:
            seconds = self._setup.profile.prompt_seconds
            until = request.requested_at + timedelta(seconds=seconds)
        else:
            until = visit.until
        return HandOver(self._address(prepay_id, language), expires_at=until)

    def _address(self, prepay_id: str, language: str) -> str:
        now = self._clock()
        kept = self._kept.pop((prepay_id, language), None)
        if kept is None or kept.until <= now:
            kept = _Kept(self._signed_address(prepay_id, language), now + _SIGNED_FOR)
        self._kept[prepay_id, language] = kept
        if len(self._kept) > _KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return kept.url

    def _signed_address(self, prepay_id: str, language: str) -> str:
        """Exactly five fields are signed (operators.md 5.5); `sign` is percent-encoded once."""
        merchant = self._setup.merchant
        timestamp, nonce = self._gateway.stamp()
        five = {
            "appid": merchant.appid,
            "merch_code": merchant.merch_code,
            "nonce_str": nonce,
            "prepay_id": prepay_id,
            "timestamp": timestamp,
        }
        rest = {"version": "1.0", "trade_type": "Checkout", "language": language}
        query = urlencode({**signed(five, self._setup.keys.ours), **rest}, quote_via=quote, safe="")
        return f"{self._setup.web_url}{_PATH}?{query}"
