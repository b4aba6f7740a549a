"""D-Money (Djibouti Telecom) through its payment gateway: orders on a hosted page, refunds."""

from typing import Final

from cross.clock import Clock
from cross.domain.ids import RandomBits
from cross.domain.money import DJF, djf
from cross.domain.msisdn import DJIBOUTI
from cross.domain.operator import (
    CollectMode,
    Limits,
    Operator,
    OperatorSettings,
    Profile,
    RefundMode,
    Text,
)
from cross.operators.dmoney.client import DMoney
from cross.operators.dmoney.setup import FORM, setup_from
from cross.outbound import Outbound

PROFILE: Final = Profile(
    name="dmoney",
    title="D-Money",
    country=DJIBOUTI,
    currency=DJF,
    collect=CollectMode.REDIRECT,
    pay_out=False,  # operators.md 5.10: no document; the setting payout_dialect makes it True
    prefixes=("77",),  # operators.md 6.2
    limits=Limits(least=djf(10), most=djf(1_000_000)),  # ASSUMED: operators.md 6.4
    prompt_seconds=7200,  # operators.md 5.4: timeout_express, 120 minutes
    answer_timeout_seconds=30.0,  # ASSUMED
    settling_seconds=60.0,  # ASSUMED: counted from the end of the 30 s for which we listen
    refuses_repeated_reference=True,  # ASSUMED: operators.md 5.4: one order per merch_order_id
    payer_sees=Text(
        fr="La page de D-Money s'ouvre ; le client y entre son numéro puis son code secret.",
        en="D-Money's page opens; the payer enters the phone number there, then the PIN.",
    ),
    refunds=RefundMode.OPERATOR,  # operators.md 5.8: the family's, not in D-Money's document
    takes_back=True,  # ASSUMED: operators.md 5.9; where there is no such call the order runs out
)
SETTINGS: Final = FORM


def connect(
    *, outbound: Outbound, settings: OperatorSettings, clock: Clock, random_bits: RandomBits
) -> Operator:
    """The connector; raises `ValueError` naming a setting that is missing, wrong or not known."""
    setup = setup_from(PROFILE, settings)
    return DMoney(setup, outbound=outbound, clock=clock, random_bits=random_bits)
