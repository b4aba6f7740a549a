"""A payer's walk from a checkout page through an operator's hosted page and back, over HTTP."""

import asyncio
import re
from typing import Final
from urllib.parse import urlsplit

from cross.cli.agreement import Wallet
from cross.cli.calls import Calls
from cross.cli.visitor import Form, Lost, Page, Visitor

PIN: Final = "1234"  # sandbox.md section 2
STEPS_MAX: Final = 20
SMS_SECONDS: Final = 10.0
_LOOK_EVERY_SECONDS: Final = 0.1
_PART_MAX: Final = 16
_CODE: Final = re.compile(r"\b[0-9]{4,8}\b")
_ONWARDS: Final = ("pay", "continue", "confirm")
"""Buttons of an operator's page that go on, in the order in which they are pressed."""


async def pay_order(simulators: Calls, checkout_url: str, wallet: Wallet) -> tuple[str, ...]:
    """Pays an order as a person would with that wallet; the pages seen, their addresses cut short.

    Raises `Lost` where no page leads on.
    """
    visitor = Visitor(simulators.outbound)
    page = await visitor.open(checkout_url)
    is_sent_on = False
    for _ in range(STEPS_MAX):
        form = _way_on(page) or (None if is_sent_on else _hand_over(page))
        if form is None:
            return tuple(_short(url) for url in visitor.been)
        is_sent_on = is_sent_on or form is _hand_over(page)
        page = await visitor.submit(
            form, await _typed(simulators, form, wallet), press=_press(form)
        )
    raise Lost(f"no end after {STEPS_MAX} pages, last {page.url}")


def _way_on(page: Page) -> Form | None:
    """The form that leads to the payment; None where there is nothing more to do."""
    return page.form_with("operator", "msisdn", "yes", "phone", "pin", "otp", *_ONWARDS)


def _hand_over(page: Page) -> Form | None:
    """The form that sends the payer on to the operator's page; it is offered again afterwards."""
    return next((form for form in page.forms if form.action.endswith("/go")), None)


def _press(form: Form) -> str | None:
    values = [value for _, value in form.buttons]
    return next((one for one in ("yes", *_ONWARDS) if one in values), None)


async def _typed(simulators: Calls, form: Form, wallet: Wallet) -> dict[str, str]:
    typed: dict[str, str] = {}
    if "operator" in form.fields:
        typed["operator"] = wallet.operator
    if "msisdn" in form.fields:
        typed["msisdn"] = f"+{wallet.msisdn}"
    if "phone" in form.fields:
        typed["phone"] = form.fields["phone"] or wallet.msisdn
    if "pin" in form.fields:
        typed["pin"] = PIN
    if "otp" in form.fields:
        typed["otp"] = await _code_on(simulators, wallet.msisdn)
    return typed


async def _code_on(simulators: Calls, number: str) -> str:
    """The newest code that an SMS brought to the phone."""
    try:
        async with asyncio.timeout(SMS_SECONDS):
            while True:
                state = await simulators.get(f"/control/handsets/{number}")
                for one in reversed(state["sms"]):
                    if found := _CODE.search(one["text"]):
                        return found[0]
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        raise Lost(f"no code came to {number}") from None


def _short(url: str) -> str:
    parts = [
        part if len(part) <= _PART_MAX else f"{part[:6]}…" for part in urlsplit(url).path.split("/")
    ]
    return "/".join(parts)
