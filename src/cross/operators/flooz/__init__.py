"""Flooz (Moov Africa Togo) through its JSON web service: push USSD debit, verify, credit."""

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
from cross.operators.flooz.client import Flooz
from cross.operators.flooz.setup import FORM, setup_from
from cross.outbound import Outbound

PROFILE: Final = Profile(
    name="flooz",
    title="Flooz (Moov Money)",
    country=TOGO,
    currency=XOF,
    collect=CollectMode.PUSH,
    pay_out=True,
    # Source: operators.md 6.1, a hint only; 94 and 95 come from a public checker alone
    prefixes=("96", "97", "98", "99", "78", "79", "94", "95"),
    limits=Limits(least=xof(100), most=xof(1_000_000)),  # ASSUMED: operators.md 6.4
    prompt_seconds=120,  # ASSUMED: operators.md 2.4, taken over for Flooz
    answer_timeout_seconds=135.0,  # operators.md 3.4: a public client waits 130 s for the PIN
    settling_seconds=60.0,  # ASSUMED: counted from the end of the 135 s for which we listen
    refuses_repeated_reference=True,  # operators.md 3.4: status 4, reference already used
    payer_sees=Text(
        fr="Une demande de paiement Flooz s'affiche sur le téléphone ; le client entre son code.",
        en="A Flooz payment request appears on the phone; the payer enters the PIN.",
    ),
    ussd_code="*155#",  # ASSUMED: the wallet's menu as people know it; edit when Moov changes it
)
SETTINGS: Final = FORM


def connect(
    *, outbound: Outbound, settings: OperatorSettings, clock: Clock, random_bits: RandomBits
) -> Operator:
    """The connector; raises `ValueError` naming a setting that is missing, wrong or not known."""
    setup = setup_from(PROFILE, settings)
    return Flooz(setup, outbound=outbound, clock=clock, random_bits=random_bits)
