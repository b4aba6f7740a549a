"""What the simulated D-Money is: its money, numbers, first client and lenient switches."""

from types import MappingProxyType
from typing import Final

from cross.domain.money import DJF
from cross.simulation.callbacks import UNTIL_ACKNOWLEDGED
from cross.simulation.facts import Facts

GATEWAY_PREFIXES: Final = ("/apiaccess/payment/gateway", "/payment/gateway", "")
"""P of operators.md section 5.1, in the order in which its clients try them."""

PREFIX_NAMES: Final = ("apiaccess", "gateway", "bare")
DIALECTS: Final = ("union", "table", "example", "telebirr")
STATUS_CASES: Final = ("title", "lower", "upper_huawei")
FLAWS: Final = (
    "none",
    "altered_after_signing",
    "wrong_key",
    "unsigned",
    "unknown_order",
    "other_merchant",
)

FACTS: Final = Facts(
    name="dmoney",
    currency=DJF.code,
    prefixes=("25377",),  # operators.md section 6.2
    number_digits=11,
    # Source: sandbox.md section 1, in the operator's own field names
    credentials=MappingProxyType(
        {
            "X-APP-Key": "452fe2b7-4105-4fc8-b002-937d10a970b1",
            "appSecret": "cross-secret",
            "appid": "1293049431398401",
            "merch_code": "9988",
        }
    ),
    # Source: operators.md sections 5.1 to 5.10, 7b and 8
    client_settings=MappingProxyType(
        {
            "accept_pkcs1v15": False,
            "currencies": (DJF.code,),
            "accept_double_encoded_sign": True,
            "strict_title": False,
            "freshness_s": 300,
            "nonce_s": 600,
            "refuse_forging_values": True,
            "path_prefix": "any",
            "query_path": "any",
            "sign_preorder_answer": True,
            "close_available": True,
            "refund_s": 0,
            "payout_answer": "final",
            "notify_dialect": "union",
            "notify_status_case": "title",
            "notify_paying": False,
            "notify_flaw": "none",
            UNTIL_ACKNOWLEDGED: False,
        }
    ),
    choices=MappingProxyType(
        {
            "path_prefix": ("any", *PREFIX_NAMES),
            "query_path": ("any", "gateway", "documented"),
            "payout_answer": ("final", "accepted"),
            "notify_dialect": DIALECTS,
            "notify_status_case": STATUS_CASES,
            "notify_flaw": FLAWS,
        }
    ),
    # ASSUMED: operators.md section 5.7: 0, 15 s, 60 s, 5 min, 30 min, 6 h
    retry_seconds=(15, 60, 300, 1_800, 21_600),
    signs=True,
)
