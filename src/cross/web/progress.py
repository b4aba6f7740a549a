"""Pages of an attempt under way: waiting for the phone, the operator's page, verifying.

None of them proves anything: each shows what the books know, and is shown again until they do.
"""

import hashlib
import json
from typing import Final

from cross.domain.leg import Leg, LegKind
from cross.domain.movement import Movement
from cross.domain.operator import Profile
from cross.domain.order import open_attempt
from cross.domain.order_refusals import NotHandedOver
from cross.switch import legs, order_log, orders
from cross.switch.order_log import Note
from cross.switch.projection import Standing
from cross.web import leaving
from cross.web.asking import Asked
from cross.web.rendering import STRICT, Reply, Screen, redirected
from cross.web.site import Site, path_of, reference_of
from cross.web.stages import Stage, seconds_left, stage_of, state_told
from cross.web.words import brand, isolated, masked

HELP_OPENS_AFTER_SECONDS: Final = 12  # screens.md: between 10 and 15


async def status(site: Site, asked: Asked, stands: Standing) -> Reply:
    """Where the order stands, in a few bytes; 304 where the page knows it already."""
    state = state_told(stage_of(site.switch, stands), stands)
    body = json.dumps({"state": state}, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = (*STRICT, ("etag", tag))
    if asked.headers.get("if-none-match") == tag:
        return Reply(304, content_type="application/json", headers=headers)
    return Reply(200, body, content_type="application/json", headers=headers)


async def waiting(site: Site, asked: Asked, stands: Standing) -> Reply:
    """A request is on the payer's phone."""
    attempt, leg, profile = _under_way(site, stands)
    left = seconds_left(attempt, site.switch.clock())
    screen = Screen(
        "waiting.html",
        {
            **await _told(site, stands),
            "number": "" if leg.msisdn is None else masked(leg.msisdn),
            "ussd": profile.ussd_code,
            "minutes_left": -(-left // 60) if left > 60 else 0,  # noqa: PLR2004  a minute
            "seconds_of": profile.prompt_seconds,
            "help_open": profile.prompt_seconds - left >= HELP_OPENS_AFTER_SECONDS,
        },
        poll=site.poll(asked, stands, Stage.WAITING, seconds_left=left),
    )
    return site.page(screen, asked)


async def preparing(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The operator has not told the way to its page yet."""
    _, _, profile = _under_way(site, stands)
    language, order = asked.reader.language, stands.order
    screen = Screen(
        "notice.html",
        {
            **await _told(site, stands),
            "icon": "clock",
            "tone": "",
            "heading": language.plain("preparing_title", operator=brand(profile.title)),
            "texts": [
                language.say(
                    "preparing",
                    operator=brand(profile.title),
                    amount=isolated(language.amount(order.amount)),
                )
            ],
            "leave": None,
        },
        poll=site.poll(asked, stands, Stage.PREPARING),
    )
    return site.page(screen, asked)


async def handover(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The way to the operator's page; after the payer came back, first of all what we verify.

    Once the operator's own time is up, there is no way any more and its word is waited for.
    """
    attempt, _, _ = _under_way(site, stands)
    try:
        way = orders.way_there(site.switch, attempt)
    except NotHandedOver:
        return await verifying(site, asked, stands, stage=Stage.HANDOVER)
    origin = leaving.origin_of(way.url)
    screen = Screen(
        "handover.html",
        {
            **await _told(site, stands),
            "is_back": "back" in asked.query,
            "host": origin,
            "fields": way.fields if way.method == "POST" else (),
            "action": asked.at(f"{path_of(stands.order)}/go"),
        },
        forms_to=(origin,),
        poll=site.poll(asked, stands, Stage.HANDOVER),
    )
    return site.page(screen, asked)


async def go(site: Site, asked: Asked, stands: Standing) -> Reply:
    """To the operator's page, once it is written down that the payer was sent there.

    307 keeps the form's fields, which were the operator's; they came from the payer's own page, and
    whoever changes them answers to the operator.
    """
    attempt = open_attempt(stands.attempts)
    if attempt is None:
        return redirected(asked.at(path_of(stands.order)))
    try:
        way = await orders.hand_over(site.switch, stands.order, attempt)
    except NotHandedOver:
        return redirected(asked.at(path_of(stands.order)))
    return redirected(way.url, status=307 if way.method == "POST" else 303)


async def returned(site: Site, asked: Asked, stands: Standing, *, left: bool) -> Reply:
    """The payer is back, whatever the address says; the operator is asked in the background."""
    said = "the payer left the operator's page" if left else "the payer came back"
    order_log.note_in_passing(site.switch, stands.order, Note("returned", said, {"left": left}))
    attempt = open_attempt(stands.attempts)
    live = None if attempt is None else site.switch.live.get(attempt.id)
    if live is not None:
        legs.ask_for_a_reader(site.switch, live)
    return redirected(asked.at(path_of(stands.order), back="1"))


async def verifying(
    site: Site, asked: Asked, stands: Standing, *, stage: Stage = Stage.VERIFYING
) -> Reply:
    """The operator has not said whether the money moved: paying again could pay twice."""
    _, _, profile = _under_way(site, stands)
    screen = Screen(
        "verifying.html",
        {
            **await _told(site, stands),
            "operator": brand(profile.title),
            "address": site.address_of(stands.order),
        },
        poll=site.poll(asked, stands, stage),
    )
    return site.page(screen, asked)


async def _told(site: Site, stands: Standing) -> dict[str, object]:
    _, _, profile = _under_way(site, stands)
    order = stands.order
    return {
        "merchant": await site.merchant(order.merchant),
        "amount": order.amount,
        "operator": brand(profile.title),
        "reference": isolated(reference_of(order)),
    }


def _under_way(site: Site, stands: Standing) -> tuple[Movement, Leg, Profile]:
    attempt = open_attempt(stands.attempts)
    if attempt is None:
        raise ValueError("a page of an attempt under way, and none is")
    leg = attempt.leg(LegKind.DEBIT)
    return attempt, leg, site.switch.profile(leg.operator)
