"""TMoney (Mixx by Yas, Togo) through MBANKING JSON: push USSD collection and synchronous credit."""

from typing import Final

from cross.clock import Clock
from cross.domain.ids import RandomBits
from cross.domain.money import XOF, xof
from cross.domain.msisdn import TOGO
from cross.domain.operator import (
    CollectMode,
    Limits,
    Operator,
    OperatorSettings,
    Profile,
    Text,
)
from cross.operators.tmoney.client import FORM, TMoney
from cross.outbound import Outbound

PROFILE: Final = Profile(
    name="tmoney",
    title="TMoney (Mixx by Yas)",
    country=TOGO,
    currency=XOF,
    collect=CollectMode.PUSH,
    pay_out=True,
    prefixes=("90", "91", "92", "93", "70", "71", "72", "73"),  # operators.md 6.1; a hint only
    limits=Limits(least=xof(100), most=xof(1_000_000)),  # ASSUMED: operators.md 6.4
    prompt_seconds=120,  # ASSUMED: operators.md 2.4
    answer_timeout_seconds=30.0,  # ASSUMED: no figure is published
    settling_seconds=60.0,  # ASSUMED: longer than the gateway could hold a request
    refuses_repeated_reference=True,  # operators.md 2.3: idRequete is unique for ever, else 4001
    payer_sees=Text(
        fr="Une demande de paiement TMoney s'affiche sur le téléphone ; le client entre son code.",
        en="A TMoney payment request appears on the phone; the payer enters the PIN.",
    ),
    ussd_code="*145#",  # ASSUMED: the wallet's menu as people know it; edit when Yas changes it
)
SETTINGS: Final = FORM


def connect(
    *, outbound: Outbound, settings: OperatorSettings, clock: Clock, random_bits: RandomBits
) -> Operator:
    """The connector; raises `ValueError` naming a setting that is missing, wrong or not known."""
    del random_bits  # the protocol has no place for randomness
    return TMoney(PROFILE, outbound=outbound, settings=settings, clock=clock)
