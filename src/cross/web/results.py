"""Pages at the end: paid, failed with what may be done next, expired, canceled."""

from markupsafe import Markup

from cross.domain.leg import LegKind
from cross.domain.movement import Movement
from cross.domain.operator import CollectMode, RefusalCode
from cross.switch.projection import Standing
from cross.web import leaving
from cross.web.asking import Asked
from cross.web.receipts import code_of, paid_rows
from cross.web.rendering import Reply, Screen
from cross.web.site import Site, path_of, reference_of
from cross.web.stages import WRONG_PINS_MAX, wrong_pins
from cross.web.words import COUNTRY_OF_CURRENCY, Language, brand, isolated, masked

ANOTHER_NUMBER = frozenset({RefusalCode.WALLET_NOT_FOUND, RefusalCode.WALLET_BLOCKED})
"""After these, the same number would fail again."""


async def done(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The money is there."""
    order = stands.order
    screen = Screen(
        "done.html",
        {
            "merchant": await site.merchant(order.merchant),
            "amount": order.amount,
            "already": "already" in asked.query,
            "paid_late": order.paid_late,
            "rows": paid_rows(site.switch, asked.reader.language, stands),
            "receipt": asked.at(f"/r/{code_of(order)}"),
            "leave": leaving.after_paying(order),
            "reference": isolated(reference_of(order)),
        },
    )
    return site.page(screen, asked)


async def failed(site: Site, asked: Asked, stands: Standing) -> Reply:
    """Why the last attempt brought nothing, and what may be done now."""
    order, attempt, language = stands.order, stands.attempts[-1], asked.reader.language
    title = brand(site.switch.profile(attempt.leg(LegKind.DEBIT).operator).title)
    country = COUNTRY_OF_CURRENCY[order.amount.currency.code]
    screen = Screen(
        "failed.html",
        {
            "merchant": await site.merchant(order.merchant),
            "reason": language.say(_why(attempt), operator=isolated(title)),
            "again": _again(site, language, stands, attempt),
            "attempt": len(stands.attempts) + 1,
            "operator": attempt.leg(LegKind.DEBIT).operator,
            "action": asked.at(path_of(order)),
            "change": asked.at(path_of(order), change="1"),
            "leave": leaving.after_giving_up(order),
            "until": language.moment(order.expires_at, country=country),
            "reference": isolated(reference_of(order)),
        },
    )
    return site.page(screen, asked)


async def expired(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The time to pay has passed; a payment confirmed just before is still kept."""
    merchant = await site.merchant(stands.order.merchant)
    language = asked.reader.language
    texts = [language.say("expired_text", merchant=merchant)]
    if stands.attempts:
        texts.append(language.say("expired_paid"))
    return await _over(site, asked, stands, "expired_title", texts)


async def canceled(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The merchant took the order back."""
    merchant = await site.merchant(stands.order.merchant)
    text = asked.reader.language.say("canceled_text", merchant=merchant)
    return await _over(site, asked, stands, "canceled_title", [text])


async def link_closed(site: Site, asked: Asked, merchant: str) -> Reply:
    """The payment link takes no more payments."""
    name, language = await site.merchant(merchant), asked.reader.language
    values = {
        "merchant": name,
        "icon": "cross",
        "tone": "warn",
        "heading": language.plain("closed_title"),
        "texts": [language.say("closed_text", merchant=name)],
        "leave": None,
        "reference": "",
    }
    return site.page(Screen("notice.html", values, status=410), asked)


async def _over(
    site: Site, asked: Asked, stands: Standing, heading: str, texts: list[Markup]
) -> Reply:
    screen = Screen(
        "notice.html",
        {
            "merchant": await site.merchant(stands.order.merchant),
            "icon": "clock" if heading == "expired_title" else "cross",
            "tone": "warn",
            "heading": asked.reader.language.plain(heading),
            "texts": texts,
            "leave": leaving.after_giving_up(stands.order),
            "reference": isolated(reference_of(stands.order)),
        },
    )
    return site.page(screen, asked)


def _why(attempt: Movement) -> str:
    code = None if attempt.failure is None else attempt.failure.code
    known = {str(refusal) for refusal in RefusalCode} - {RefusalCode.FLOAT_TOO_LOW}
    return f"why_{code}" if code in known else "why_operator_refused"


def _again(site: Site, language: Language, stands: Standing, attempt: Movement) -> Markup | None:
    """What the button to try the same again says; None where it would fail again or do harm."""
    leg = attempt.leg(LegKind.DEBIT)
    profile = site.switch.profile(leg.operator)
    if profile.collect is CollectMode.REDIRECT:
        return language.say("again_operator", operator=isolated(brand(profile.title)))
    code = None if attempt.failure is None else attempt.failure.code
    if leg.msisdn is None or code in ANOTHER_NUMBER:
        return None
    if wrong_pins(stands.attempts, leg.msisdn.e164) >= WRONG_PINS_MAX:
        return None
    return language.say("again_same", number=isolated(masked(leg.msisdn)))
