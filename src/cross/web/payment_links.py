"""Payment links: the page that makes an order for whoever presses its button."""

import re
from dataclasses import dataclass

from cross.domain.errors import AmountNotWhole, NotFound
from cross.domain.money import Money, whole_amount
from cross.domain.order_refusals import AmountNotOfLink, LinkClosed
from cross.domain.payment_link import LinkStatus, PaymentLink
from cross.switch import payment_links
from cross.switch.switch import Switch
from cross.web import results
from cross.web.asking import Asked
from cross.web.qr import qr_svg
from cross.web.rendering import STRICT, Reply, Screen, redirected
from cross.web.site import Site, path_of
from cross.web.words import isolated, symbol_of, western

AMOUNT_CHARACTERS_MAX = 20
_VISIT = re.compile(r"[!-~]{1,64}", re.ASCII)  # it becomes an order's key, which is indexed


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of the page: `once` makes its order one, however often the form is sent."""

    once: str
    typed: str = ""
    is_wrong: bool = False


async def show(site: Site, asked: Asked, code: str) -> Reply:
    """What is to be paid, or the question how much."""
    link = await payment_links.by_code(site.switch, code)
    if link.status(site.switch.clock()) is not LinkStatus.OPEN:
        return await results.link_closed(site, asked, link.merchant)
    return await _form(site, asked, link, Visit(site.switch.new_id("vis")))


async def submit(site: Site, asked: Asked, code: str) -> Reply:
    """Makes the order of this visit, once, and goes to its checkout page."""
    link = await payment_links.by_code(site.switch, code)
    typed = asked.form.get("amount", "").strip()[:AMOUNT_CHARACTERS_MAX]
    once = asked.form.get("once", "")
    if _VISIT.fullmatch(once) is None:
        return redirected(asked.at(asked.path))
    try:
        amount = None if link.terms.amount is not None else _amount(link, typed)
        order = await payment_links.open_order(site.switch, link, amount, visit=once)
    except LinkClosed:
        return await results.link_closed(site, asked, link.merchant)
    except (AmountNotWhole, AmountNotOfLink):
        return await _form(site, asked, link, Visit(once, typed, is_wrong=True))
    return redirected(asked.at(path_of(order)))


async def as_svg(site: Site, code: str) -> Reply:
    """The link's QR code, to print."""
    link = await payment_links.by_code(site.switch, code)
    drawn = qr_svg(payment_links.link_url(site.switch, link))
    return Reply(200, drawn.encode(), "image/svg+xml", STRICT)


async def _form(site: Site, asked: Asked, link: PaymentLink, visit: Visit) -> Reply:
    terms, language = link.terms, asked.reader.language
    least, most = _limits(site.switch, link)
    bounds = {"least": isolated(language.amount(least)), "most": isolated(language.amount(most))}
    values = {
        "merchant": await site.merchant(link.merchant),
        "title": terms.title,
        "description": terms.description,
        "amount": None if terms.amount is None else Money(terms.amount, terms.currency),
        "least": least,
        "most": most,
        "symbol": symbol_of(terms.currency),
        "typed": visit.typed,
        "fault": language.say("amount_invalid", **bounds) if visit.is_wrong else "",
        "once": visit.once,
        "action": asked.at(asked.path),
    }
    return site.page(Screen("link.html", values, status=422 if visit.is_wrong else 200), asked)


def _amount(link: PaymentLink, typed: str) -> Money:
    return Money(whole_amount(western(typed)), link.terms.currency)


def _limits(switch: Switch, link: PaymentLink) -> tuple[Money, Money]:
    """What the link takes, within what its operators move."""
    terms = link.terms
    profiles = [switch.profiles[name] for name in terms.operators if name in switch.profiles]
    if not profiles:
        raise NotFound(noun="operator")
    least = min(profile.limits.least.amount for profile in profiles)
    most = max(profile.limits.most.amount for profile in profiles)
    return (
        Money(max(terms.least or 0, least), terms.currency),
        Money(min(terms.most or most, most), terms.currency),
    )
