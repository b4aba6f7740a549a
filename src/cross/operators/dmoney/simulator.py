"""The simulated D-Money: its gateway, its page on which payers pay, and its notifications."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from cross.operators.dmoney.simulator_access import Access
from cross.operators.dmoney.simulator_calls import OrderCalls
from cross.operators.dmoney.simulator_facts import FACTS, GATEWAY_PREFIXES
from cross.operators.dmoney.simulator_notice import Notices
from cross.operators.dmoney.simulator_orders import REGISTERED_CALLBACK_PATH, Orders
from cross.operators.dmoney.simulator_page import PAGE_PATH, Paygate
from cross.operators.dmoney.simulator_refunds import MoneyBack
from cross.operators.dmoney.simulator_requests import Requests
from cross.simulation.callbacks import CallbackBody
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Reply, Request, Route, json_object
from cross.simulation.keys import KeyRing, private_text, public_text
from cross.simulation.payments import Payment

__all__ = ["FACTS", "DMoney", "acknowledges", "create_dialect", "sandbox_settings"]

_DOCUMENTED_QUERY_PATH: Final = "/apiaccess/payment/v1/merchant/queryOrder"  # operators.md 5.1


class DMoney:
    """D-Money's words, between HTTP and the cashier."""

    def __init__(self, office: Office) -> None:
        self._access = Access(office.clients, world=office.world)
        self._notices = Notices(office.world)
        orders = Orders(office)
        requests = Requests(self._access, world=office.world)
        self._calls = OrderCalls(office, orders, requests)
        self._money_back = MoneyBack(office, orders, requests)
        self._page = Paygate(office, orders, self._notices)

    def routes(self) -> Mapping[str, Route]:
        """Every path of operators.md section 5.1, behind each prefix, and the page."""
        in_app = partial(self._calls.read_order, in_app=True)
        reads: Mapping[str, Callable[[Request], Call]] = {
            "token": self._access.give,
            "merchant/preOrder": partial(self._calls.read_order, in_app=False),
            "inapp/createOrder": in_app,
            "merchant/inapp/createOrder": in_app,
            "merchant/queryOrder": self._calls.read_query,
            "merchant/closeOrder": self._calls.read_close,  # ASSUMED: operators.md section 5.9
            "merchant/refund": self._money_back.read_refund,
            "merchant/transfer": self._money_back.read_transfer,  # ASSUMED: section 5.10
        }
        return {
            **{
                f"{prefix}/payment/v1/{name}": Route(("POST",), read)
                for prefix in GATEWAY_PREFIXES
                for name, read in reads.items()
            },
            _DOCUMENTED_QUERY_PATH: Route(("POST",), self._calls.read_query),
            PAGE_PATH: Route(("GET", "POST"), self._page.read),
        }

    def expire_tokens(self) -> Reply:
        """Make every token invalid; gives the answer to an expired one."""
        return self._access.expire()

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of an order or a payout (operators.md section 5.7)."""
        return self._notices.notification(payment)


def create_dialect(office: Office) -> DMoney:
    """D-Money, in which nobody has spoken yet."""
    return DMoney(office)


def acknowledges(answer: bytes) -> bool:
    """Whether the client answered with either *success*; any 2xx counts as delivered all the same.

    Source: operators.md section 5.7: the document's word, and the one of its family.
    """
    content = json_object(answer) or {}
    return content.get("success") is True or content.get("returnCode") == "SUCCESS"


def sandbox_settings(base_url: str) -> Mapping[str, str]:
    """The connector's settings to reach this simulator as its first client."""
    keys = KeyRing()
    origin = base_url.removesuffix(f"/{FACTS.name}")
    return {
        "base_url": base_url,
        "query_base_url": base_url,
        "web_url": base_url,
        "app_key": FACTS.credentials["X-APP-Key"],
        "app_secret": FACTS.credentials["appSecret"],
        "appid": FACTS.credentials["appid"],
        "merch_code": FACTS.credentials["merch_code"],
        "notify_url": f"{origin}{REGISTERED_CALLBACK_PATH}",
        "payout_dialect": "simulator",
        "private_key": private_text(keys.client(FACTS.name)),
        "gateway_public_key": public_text(keys.gateway(FACTS.name)),
    }
