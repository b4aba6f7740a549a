"""The checkout form: which account pays, by which number; and the attempt that it opens.

Nothing here is trusted but the address: amount, merchant and time are the order's own (F-S15).
Whoever knows the address may try to pay, which harms nobody; no cookie goes with a request, so that
another site's page can do no more than its visitor could.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cross.domain.errors import (
    CrossError,
    IdempotencyKeyReused,
    InvalidMsisdn,
    ReferenceAlreadyUsed,
    StillBeingAccepted,
    SwitchUnavailable,
)
from cross.domain.leg import LegKind
from cross.domain.msisdn import Msisdn, read_msisdn
from cross.domain.operator import CollectMode, Profile
from cross.domain.order import Order
from cross.domain.order_refusals import (
    AttemptStillOpen,
    LinkClosed,
    OrderAlreadyPaid,
    OrderCanceled,
    OrderExpired,
    TooManyAttempts,
)
from cross.switch import orders
from cross.switch.operators import look_up
from cross.switch.orders import Payer
from cross.switch.projection import Standing
from cross.web import confirming, leaving, results
from cross.web.asking import Asked
from cross.web.choices import Fault, choices_of, example_of, unusable, wants_number
from cross.web.qr import qr_svg
from cross.web.rendering import Reply, Screen, redirected
from cross.web.site import Site, path_of, reference_of
from cross.web.stages import WRONG_PINS_MAX, Stage, stage_of, wrong_pins
from cross.web.words import COUNTRY_OF_CURRENCY, ENGLISH, FRENCH, Language, isolated, western

STANDS_OTHERWISE = (
    AttemptStillOpen,
    OrderAlreadyPaid,
    OrderExpired,
    OrderCanceled,
    IdempotencyKeyReused,
    StillBeingAccepted,
    ReferenceAlreadyUsed,
)
"""Refusals after which the page that shows the order as it stands says it best."""

SAID = {
    "operator_unavailable": ("operator", "operator_down"),
    "prompt_already_open": ("msisdn", "prompt_open"),
    "too_many_wrong_pins": ("msisdn", "pin_tries"),
}
"""What the form says of a refusal, and beside which field."""

NUMBER_CHARACTERS_MAX = 32


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form said, as it was typed."""

    operator: str = ""
    number: str = ""
    confirmed: str = ""
    wallet: Msisdn | None = None


async def show(site: Site, asked: Asked, stands: Standing, typed: Typed = Typed()) -> Reply:
    """The form, empty or as it was typed."""
    return await _form(site, asked, stands, typed, ())


async def submit(site: Site, asked: Asked, stands: Standing) -> Reply:
    """Opens an attempt and shows the order as it stands; or says what has to be put right.

    The form's attempt number makes a second submission the same attempt, or none (S-WEB-08).
    """
    stage = stage_of(site.switch, stands)
    if stage is Stage.DONE:
        return redirected(asked.at(path_of(stands.order), already="1"))
    is_next = asked.form.get("attempt") == str(len(stands.attempts) + 1)
    if stage not in (Stage.CHECKOUT, Stage.FAILED) or not is_next:
        return redirected(asked.at(path_of(stands.order)))
    typed = _typed(site, asked, stands)
    if typed.confirmed == "no":
        return await _form(site, asked, stands, typed, ())
    try:
        payer = _payer(site, asked.reader.language, stands, typed)
    except Fault as fault:
        return await _form(site, asked, stands, typed, (fault,))
    reasons = confirming.reasons(site.switch, asked.reader.language, stands, payer)
    if reasons and typed.confirmed != "yes":
        return site.page(await confirming.screen(site, asked, stands, payer, reasons), asked)
    return await _open(site, asked, stands, typed, payer)


async def _open(site: Site, asked: Asked, stands: Standing, typed: Typed, payer: Payer) -> Reply:
    order, language = stands.order, asked.reader.language
    key = f"{order.id}-{len(stands.attempts) + 1}"
    try:
        await orders.open_attempt(site.switch, order, payer, key=key)
    except STANDS_OTHERWISE:
        pass
    except LinkClosed:
        return await results.link_closed(site, asked, order.merchant)
    except (TooManyAttempts, SwitchUnavailable):
        raise
    except CrossError as refusal:
        field, said = SAID.get(refusal.code, ("operator", "operator_unusable"))
        fault = Fault(field, language.plain(said))
        return await _form(site, asked, stands, typed, (fault,))
    return redirected(asked.at(path_of(order)))


def _typed(site: Site, asked: Asked, stands: Standing) -> Typed:
    """The form's fields; where it asks for the last attempt again, that one's operator and number.

    The number itself was never on the page: it is shown masked.
    """
    form = asked.form
    if "again" in form and stands.attempts:
        leg = stands.attempts[-1].leg(LegKind.DEBIT)
        return Typed(leg.operator, confirmed="yes", wallet=leg.msisdn)
    number = form.get("msisdn", "").strip()[:NUMBER_CHARACTERS_MAX]
    operator = form.get("operator", "") or _likely(site, number, stands.order)
    return Typed(operator, number, form.get("confirmed", ""))


def _likely(site: Site, number: str, order: Order) -> str:
    try:
        likely = look_up(site.switch, western(number)).operator
    except InvalidMsisdn:
        return ""
    return likely if likely in order.terms.operators else ""


def _payer(site: Site, language: Language, stands: Standing, typed: Typed) -> Payer:
    """Who pays, as typed; raises `Fault`."""
    told = ENGLISH.code if language is ENGLISH else FRENCH.code
    profile = site.switch.profiles.get(typed.operator)
    if not (typed.operator or typed.number) and wants_number(site.switch, stands.order):
        raise Fault("msisdn", language.plain("number_missing"))
    if profile is None or typed.operator not in stands.order.terms.operators:
        raise Fault("operator", language.plain("operator_missing"))
    if unusable(site.switch, language, stands.order, profile) is not None:
        raise Fault("operator", language.plain("operator_unusable"))
    if profile.collect is CollectMode.REDIRECT:
        return Payer(typed.operator, language=told)
    return Payer(typed.operator, _wallet(language, stands, typed, profile).e164, told)


def _wallet(language: Language, stands: Standing, typed: Typed, profile: Profile) -> Msisdn:
    if typed.wallet is None and not typed.number:
        raise Fault("msisdn", language.plain("number_missing"))
    try:
        wallet = typed.wallet or read_msisdn(western(typed.number), country=profile.country)
    except InvalidMsisdn:
        country = language.plain(f"country_{profile.country.code}")
        raise Fault("msisdn", language.plain("number_invalid", country=country)) from None
    if wrong_pins(stands.attempts, wallet.e164) >= WRONG_PINS_MAX:
        raise Fault("msisdn", language.plain("pin_tries"))
    return wallet


async def _form(
    site: Site, asked: Asked, stands: Standing, typed: Typed, faults: Sequence[Fault]
) -> Reply:
    order, language = stands.order, asked.reader.language
    choices = choices_of(site.switch, language, order, chosen=typed.operator)
    pushes = [choice for choice in choices if not choice.by_page]
    address = site.address_of(order)
    country = COUNTRY_OF_CURRENCY[order.amount.currency.code]
    screen = Screen(
        "checkout.html",
        {
            "merchant": await site.merchant(order.merchant),
            "amount": order.amount,
            "title": order.terms.title,
            "description": order.terms.description,
            "choices": choices,
            "usable": any(choice.unusable is None for choice in choices),
            "faults": faults,
            "example": example_of(pushes),
            "no_number_for": ", ".join(choice.brand for choice in choices if choice.by_page),
            "number": typed.number,
            "attempt": len(stands.attempts) + 1,
            "action": asked.at(path_of(order)),
            "qr": qr_svg(address),
            "address": address,
            "leave": leaving.after_giving_up(order),
            "until": language.moment(order.expires_at, country=country),
            "reference": isolated(reference_of(order)),
        },
        status=422 if faults else 200,
    )
    return site.page(screen, asked)
