"""TMoney Online (Mixx by Yas): collections on the operator's own page, known by a notification."""

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
    RefundMode,
    Text,
)
from cross.operators.tmoney_online.client import TMoneyOnline
from cross.operators.tmoney_online.setup import FORM, PAGES_MAX, SESSION_SECONDS, setup_from
from cross.outbound import Outbound

PROFILE: Final = Profile(
    name="tmoney-online",
    title="TMoney Online (Mixx by Yas)",
    country=TOGO,
    currency=XOF,
    collect=CollectMode.REDIRECT,
    pay_out=False,
    prefixes=("90", "91", "92", "93", "70", "71", "72", "73"),  # operators.md 6.1; a hint only
    limits=Limits(least=xof(100), most=xof(1_000_000)),  # ASSUMED: operators.md 6.4
    # The session waits for its form, then the page for three PINs and one OTP, each as long
    # (operators.md 1.1, 1.3; ASSUMED: only a PIN or an OTP starts the time anew).
    prompt_seconds=PAGES_MAX * SESSION_SECONDS,
    answer_timeout_seconds=15.0,  # ASSUMED: no figure is published; a session is asked for quickly
    settling_seconds=60.0,  # ASSUMED: longer than the gateway could hold a request
    refuses_repeated_reference=False,  # ASSUMED: two sessions of one purchaseref could both be paid
    payer_sees=Text(
        fr="La page de TMoney demande le numéro, le code secret, puis le code reçu par SMS.",
        en="TMoney's page asks for the number, the PIN, and then the code that came by SMS.",
    ),
    answers_queries=False,  # operators.md 1: no query is published
    refunds=RefundMode.CREDIT,
    refunds_through="tmoney",  # the same wallets, credited by the MBANKING interface
)
SETTINGS: Final = FORM


def connect(
    *, outbound: Outbound, settings: OperatorSettings, clock: Clock, random_bits: RandomBits
) -> Operator:
    """The connector; raises `ValueError` naming a setting that is missing, wrong or not known."""
    del random_bits  # what nobody may guess comes from `purchaseref_secret`
    return TMoneyOnline(setup_from(PROFILE, settings), outbound=outbound, clock=clock)
