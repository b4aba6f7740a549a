"""What each scope opens: every route with each single scope is refused or works as intended.

The table is held against the routes that are served: a new one is in it, or the test fails.
"""

from typing import Final

import pytest

from tests.api.isolated import NOBODYS, calls
from tests.api.till import Till

SCOPES: Final = ("read", "collect", "pay_out", "transfer", "refund", "admin")
WRITES: Final = {
    "/v1/quotes": "transfer",
    "/v1/transfers": "transfer",
    "/v1/collections": "collect",
    "/v1/orders": "collect",
    "/v1/payment_links": "collect",
    "/v1/payouts": "pay_out",
    "/v1/refunds": "refund",
    "/v1/customers": "collect",
    "/v1/webhook_endpoints": "admin",
    "/v1/events": "admin",
}
"""By the first word of a path: what a key needs to change something there; to look, `read`."""


def needed(method: str, path: str) -> str:
    noun = "/".join(path.split("/")[:3])
    return "read" if method == "GET" or path.endswith("/recheck") else WRITES[noun]


@pytest.fixture(scope="module")
def tills(asking: Till) -> dict[str, Till]:
    """A till for each scope, of a merchant of its own, whose key has that scope alone."""
    found = {}
    for number, scope in enumerate(SCOPES):
        merchant = f"mer_01JSC0PESC0PESC0PESC0PES{number:02}"
        found[scope] = asking.another(merchant, scopes=(scope,))
    return found


@pytest.mark.parametrize(("method", "path"), calls())
def test_a_scope_opens_what_it_says_and_nothing_else(
    tills: dict[str, Till], method: str, path: str
) -> None:
    """F-S11."""
    noun = path.partition("{")[0]
    address = path if noun == path else f"{noun}x_{NOBODYS}{path.partition('}')[2]}"
    address = address.replace("{attempt}", "1").replace("{number}", "1")
    for scope, till in tills.items():
        headers = till.signed(content_type="application/json")
        answer = till.run(till.call(method, address, headers=headers))
        if scope == needed(method, path):
            assert answer.status not in (401, 403, 500), (scope, answer.content)
        else:
            assert answer.refuses(403, "missing_scope", needed(method, path)), scope
