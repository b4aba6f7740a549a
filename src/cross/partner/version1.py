"""Version 1: GET under `/mbanking/v1/`, the password in the query, the answer a few JSON fields.

Nothing of the query is ever logged. Source: operators.md section 2.3, api.md section 6.
"""

from collections.abc import Mapping
from typing import Final

from cross.domain.changed import changed
from cross.domain.movement import Movement
from cross.domain.partner import Operation, Partner
from cross.partner.asking import Asked
from cross.partner.desk import Desk, done
from cross.partner.moving import Party, find, party_of
from cross.partner.reading import read_id, wanted_in_query
from cross.partner.replies import REFUSALS, Reply, refusal_of
from cross.storage import partners as stored
from cross.switch.partner_words import COMPLETED, REPEATED, SERVER_ERROR, reference_of, told

SUCCESS: Final = "0"
_ECHOED: Final = ("client", "amount", "currency", "referenceid")


async def credit(desk: Desk, asked: Asked) -> Reply:
    """Give to a wallet from the bank's float."""
    return await _moved(desk, asked, Operation.CREDIT)


async def debit(desk: Desk, asked: Asked) -> Reply:
    """Take from a wallet whose owner agrees on the phone: result 2000 until he has."""
    return await _moved(desk, asked, Operation.DEBIT)


async def check(desk: Desk, asked: Asked) -> Reply:
    """What became of a `referenceid`; result 5000 where nothing was ever asked under it."""
    fields: Mapping[str, str] = {}
    try:
        fields = asked.query_fields()
        party = party_of(await _caller(desk, fields, asked.peer))
        movement = await find(desk.switch, party, read_id(fields, "referenceid"))
    except REFUSALS as error:
        return _refused(error, fields)
    if movement is None:
        return _reply(fields, SERVER_ERROR, party=party)
    return _told(fields, movement, result=_result(movement), party=party)


async def _moved(desk: Desk, asked: Asked, operation: Operation) -> Reply:
    fields: Mapping[str, str] = {}
    try:
        fields = asked.query_fields()
        party = party_of(await _caller(desk, fields, asked.peer))
        wanted = wanted_in_query(fields, operation, at=desk.switch.clock())
        accepted = await done(desk, party, wanted)
    except REFUSALS as error:
        return _refused(error, fields)
    movement = accepted.movement
    if accepted.replayed:
        return _told(fields, movement, result=REPEATED, party=party)
    reference = reference_of(movement, movement.legs[0])
    reply = _reply(fields, _result(movement), transaction_id=reference, party=party)
    return changed(reply, credit=movement if operation is Operation.CREDIT else None)


async def _caller(desk: Desk, fields: Mapping[str, str], peer: str) -> Partner:
    """The bank whose merchantid or agentid and password came; raises `NotSignedIn`."""
    partner, store = None, desk.switch.store
    if fields.get("merchantid"):
        partner = await stored.by_merchantid(store, fields["merchantid"])
    elif fields.get("agentid"):
        partner = await stored.by_agentid(store, fields["agentid"])
    return await desk.access.with_password(partner, fields.get("password", ""), peer=peer)


def _result(movement: Movement) -> str:
    code = told(movement).code
    return SUCCESS if code == COMPLETED else code


def _told(fields: Mapping[str, str], movement: Movement, *, result: str, party: Party) -> Reply:
    """The data of what was asked first, whatever was said this time."""
    leg = movement.legs[0]
    currency = leg.money.currency
    is_number = fields.get("currency", currency.code).isdecimal()
    first = {
        **fields,
        "client": "" if leg.msisdn is None else leg.msisdn.digits,
        "amount": str(leg.money.amount),
        "currency": currency.numeric if is_number else currency.code,
        "referenceid": movement.terms.reference or "",
    }
    return _reply(first, result, transaction_id=reference_of(movement, leg), party=party)


def _refused(error: Exception, fields: Mapping[str, str]) -> Reply:
    refusal = refusal_of(error)
    reply = _reply(fields, refusal.code)
    return Reply(reply.content, refusal.status, refusal.headers, refusal.because)


def _reply(
    fields: Mapping[str, str], result: str, *, transaction_id: str = "", party: Party | None = None
) -> Reply:
    identity = "agentid" if "agentid" in fields and "merchantid" not in fields else "merchantid"
    content = {
        **{name: fields.get(name, "")[:64] for name in (identity, *_ECHOED)},
        "result": result,
        "transactionid": transaction_id,
    }
    return Reply(content, code=result, party=party)
