"""Partners: banks opened, changed, given passwords, let in and shut out; their float."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import structlog

from cross.domain.changed import changed
from cross.domain.errors import NotFound, SwitchUnavailable
from cross.domain.ids import PARTNER
from cross.domain.merchant import ChangedMeanwhile
from cross.domain.money import Money
from cross.domain.movement import Movement
from cross.domain.partner import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    NameTaken,
    Operation,
    Partner,
    PartnerLimitReached,
    PartnerStatus,
    UnfitPassword,
)
from cross.domain.webhook import EndpointTerms
from cross.storage import partners as stored
from cross.storage.partners import CreditPending, CreditTold, DayGivenBack, DayTaken, PartnerWrite
from cross.storage.store import ReferenceTaken, Saved
from cross.switch import funding, merchants, webhooks
from cross.switch.audit import Act, note
from cross.switch.switch import Switch
from cross.switch.views import money_view, rfc3339
from cross.switch.webhooks import Change

log = structlog.get_logger("cross.partner")

CALLED_BACK: Final = (
    "collection.succeeded",
    "collection.failed",
    "collection.expired",
    "collection.canceled",
)
"""What every debit ends with; the books see to credits, whose answer may tell their end first."""


class Deposit(NamedTuple):
    """What a bank paid into the float at an operator; each `name` is booked once."""

    operator: str
    money: Money
    name: str


async def open_partner(
    switch: Switch, fields: Mapping[str, Any], *, password: str, who: str
) -> Partner:
    """A bank with a merchant of its own; `fields` name it. Raises `NameTaken`, `UnfitPassword`."""
    password_hash = await _hashed(switch, password)
    merchant = await merchants.open_merchant(switch, fields["name"], who=who)
    now = switch.clock()
    partner = Partner(
        id=switch.new_id(PARTNER),
        merchant=merchant.id,
        password_hash=password_hash,
        created_at=now,
        updated_at=now,
        **{"client_id": fields["username"], **fields},
    )
    await _written(switch, partner)
    partner = await _called_back_at(switch, partner)
    await note(switch, Act(who, "partners.add", partner.id, after=told(partner)))
    return partner


async def find(switch: Switch, partner_id: str) -> Partner:
    """A partner by its id or its user name; raises `NotFound`."""
    found = await stored.by_id(switch.store, partner_id)
    found = found or await stored.by_username(switch.store, partner_id)
    if found is None:
        raise NotFound(noun="partner")
    return found


async def change(
    switch: Switch, partner: Partner, fields: Mapping[str, Any], *, who: str, action: str = "set"
) -> Partner:
    """The partner with other fields; raises `NameTaken`, `ChangedMeanwhile`."""
    names = dict(fields)
    own = names.get("client_id", partner.client_id)
    if own in ("", partner.username):
        names["client_id"] = names.get("username", partner.username)
    after = changed(partner, **names)
    if after == partner:
        return partner
    after = changed(after, version=partner.version + 1, updated_at=switch.clock())
    await _written(switch, after)
    if after.callback_url != partner.callback_url:
        after = await _called_back_at(switch, after)
    act = Act(who, f"partners.{action}", partner.id, before=told(partner), after=told(after))
    await note(switch, act)
    return after


async def set_password(switch: Switch, partner: Partner, password: str, *, who: str) -> Partner:
    """Another password; every token given before ends. Raises `UnfitPassword`."""
    fields = {
        "password_hash": await _hashed(switch, password),
        "generation": partner.generation + 1,
    }
    return await change(switch, partner, fields, who=who, action="password")


async def set_client_secret(
    switch: Switch, partner: Partner, secret: str | None, *, who: str
) -> Partner:
    """A secret of its own for OAuth2, or the password again; tokens given before end."""
    fields = {
        "client_secret_hash": None if secret is None else await _hashed(switch, secret),
        "generation": partner.generation + 1,
    }
    return await change(switch, partner, fields, who=who, action="client_secret")


async def disable(switch: Switch, partner: Partner, *, who: str) -> Partner:
    """Nobody gets in as this partner from now on, by token, password or assertion."""
    fields = {"status": PartnerStatus.DISABLED, "generation": partner.generation + 1}
    return await change(switch, partner, fields, who=who, action="disable")


async def enable(switch: Switch, partner: Partner, *, who: str) -> Partner:
    """Let in again; tokens given before stay ended."""
    fields = {"status": PartnerStatus.ACTIVE}
    return await change(switch, partner, fields, who=who, action="enable")


async def fund(switch: Switch, partner: Partner, deposit: Deposit, *, who: str) -> bool:
    """Books what the bank paid into its float; False where that name was booked before."""
    operator, money, name = deposit
    fresh = await funding.fund_merchant(switch, partner.merchant, operator, money, name=name)
    if fresh:
        paid_in = {"operator": operator, **money_view(money), "name": name}
        await note(switch, Act(who, "partners.fund", partner.id, after=paid_in))
    return fresh


class Taking(NamedTuple):
    """What a bank's id asks for of a day."""

    bank_id: str
    operation: Operation
    amount: int


async def take_of_day(switch: Switch, partner: Partner, taking: Taking) -> bool:
    """Counts an amount against the day's limit; raises `PartnerLimitReached`.

    False where there is nothing to give back: no limit, or that id was counted before. What was
    accepted stays counted, whatever becomes of it.
    """
    day_max = partner.operations[taking.operation].day_max
    if day_max is None:
        return False
    today = switch.clock().date()
    bank_id, operation, amount = taking
    write = DayTaken(partner.id, bank_id, today, operation, amount, day_max)
    verdict = await switch.recorder.record(write)
    if not isinstance(verdict, Saved):
        raise PartnerLimitReached
    return verdict.fresh


async def give_back_of_day(switch: Switch, partner: Partner, bank_id: str) -> None:
    """What was counted and then not accepted."""
    await switch.recorder.record(DayGivenBack(partner.id, bank_id))


async def owe_callback(switch: Switch, movement: Movement) -> None:
    """The end of a credit is to be told by a callback at once: its answer did not tell it."""
    await switch.recorder.record(CreditPending(movement.id, movement.merchant, switch.clock()))


async def take_callback_back(switch: Switch, movement: Movement) -> None:
    """The end of a credit was told by its answer. Whatever goes wrong here, it is told twice."""
    try:
        await switch.recorder.record(CreditTold(movement.id, movement.merchant))
    except SwitchUnavailable:
        log.warning("callback_not_taken_back", movement=movement.id)


def told(partner: Partner) -> dict[str, Any]:
    """A partner as admins get it: nothing in it is a secret, nor a hash of one."""
    return {
        "id": partner.id,
        "object": "partner",
        "merchant": partner.merchant,
        "number": partner.number,
        "name": partner.name,
        "username": partner.username,
        "client_id": partner.client_id,
        "has_client_secret": partner.client_secret_hash is not None,
        "merchantid": partner.merchantid,
        "agentid": partner.agentid,
        "callback_url": partner.callback_url,
        "networks": [str(network) for network in partner.networks],
        "operations": stored.operations_as_data(partner.operations),
        "status": partner.status.value,
        "version": partner.version,
        "created_at": rfc3339(partner.created_at),
        "updated_at": rfc3339(partner.updated_at),
    }


async def _called_back_at(switch: Switch, partner: Partner) -> Partner:
    """The partner with a webhook endpoint of its own where its callbacks go, or none.

    Raises `WebhookUrlRefused`. It carries them in the gateway's words (`partner_words`).
    """
    url, endpoint = partner.callback_url, partner.callback_endpoint
    if url is None and endpoint is None:
        return partner
    if endpoint is None:
        terms = EndpointTerms(url or "", CALLED_BACK)
        made, _ = await webhooks.open_endpoint(
            switch,
            terms,
            merchant=partner.merchant,
            livemode=switch.settings.livemode,
            is_admins=True,
        )
        endpoint = made.id
    elif url is None:
        await webhooks.close_endpoint(switch, endpoint, merchant=partner.merchant)
        endpoint = None
    else:
        await webhooks.change_endpoint(
            switch,
            endpoint,
            Change(url=url, enabled=True, is_admins=True),
            merchant=partner.merchant,
        )
        return partner
    after = changed(partner, callback_endpoint=endpoint, version=partner.version + 1)
    await _written(switch, after)
    if endpoint is not None:  # whoever knew it before it was this partner's knows it again
        own = Change(description="mbanking")
        await webhooks.change_endpoint(switch, endpoint, own, merchant=partner.merchant)
    return after


async def _hashed(switch: Switch, password: str) -> str:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise UnfitPassword
    return await switch.passwords.hashed(password, switch.random_bits)


async def _written(switch: Switch, partner: Partner) -> None:
    match await switch.recorder.record(PartnerWrite(partner)):
        case Saved():
            return
        case ReferenceTaken():
            raise NameTaken
        case _:
            raise ChangedMeanwhile
