"""Version 2: JSON under `/mbanking/v2/`, and the first TMoney integration under `/api/tmoney/`."""

import re
from ipaddress import ip_network
from typing import Any, Final

from cross.domain.merchant import MerchantSuspended
from cross.domain.partner import Operation
from cross.domain.steps import is_final
from cross.partner.access import NotSignedIn, TooManyGuesses, bare_token
from cross.partner.asking import Asked, Fields
from cross.partner.desk import Desk, balance_of, done
from cross.partner.moving import Party, find, party_of
from cross.partner.reading import read_id, wanted_in
from cross.partner.replies import OK, REFUSALS, Reply, refusal_of
from cross.storage import merchants
from cross.storage import partners as stored
from cross.storage.api_keys import Caller
from cross.switch import keys
from cross.switch.limits import TooOften
from cross.switch.partner_words import IN_PROCESS, REPEATED, told, transaction
from cross.switch.peers import is_in
from cross.switch.switch import Switch

CHECK: Final = "/api/tmoney/check/"
_KEY: Final = re.compile(r"sk_[!-~]{1,200}", re.ASCII)
_SCOPES: Final = {Operation.CREDIT: "pay_out", Operation.DEBIT: "collect"}


async def credit(desk: Desk, asked: Asked) -> Reply:
    """Give to a wallet from the bank's float; answers when final, or after a while."""
    return await _partners(desk, asked, Operation.CREDIT)


async def debit(desk: Desk, asked: Asked) -> Reply:
    """Take from a wallet whose owner agrees on the phone; the callback tells the end."""
    return await _partners(desk, asked, Operation.DEBIT)


async def check(desk: Desk, asked: Asked) -> Reply:
    """What became of an `idRequete`."""
    try:
        party = party_of(await desk.access.with_header(asked))
        fields = asked.json_fields() if asked.body else asked.query_fields()
        return await _found(desk, party, read_id(fields, "idRequete"))
    except REFUSALS as error:
        return _not_found(error)


async def credit_with_key(desk: Desk, asked: Asked) -> Reply:
    """As `credit`, of a merchant and from its balance."""
    return await _merchants(desk, asked, Operation.CREDIT)


async def debit_with_key(desk: Desk, asked: Asked) -> Reply:
    """As `debit`, for a merchant."""
    return await _merchants(desk, asked, Operation.DEBIT)


async def check_with_key(desk: Desk, asked: Asked) -> Reply:
    """As `check`; the `idRequete` ends the path."""
    try:
        party = await _holder(desk, asked, "read")
        bank_id = read_id({"idrequete": asked.path.removeprefix(CHECK)}, "idRequete")
        return await _found(desk, party, bank_id)
    except REFUSALS as error:
        return _not_found(error)


async def _partners(desk: Desk, asked: Asked, operation: Operation) -> Reply:
    fields: Fields = {}
    party: Party | None = None
    try:
        party = party_of(await desk.access.with_header(asked))
        fields = asked.json_fields()
        return await _moved(desk, party, fields, operation)
    except REFUSALS as error:
        return _refused(error, fields, operation, party)


async def _merchants(desk: Desk, asked: Asked, operation: Operation) -> Reply:
    fields: Fields = {}
    party: Party | None = None
    try:
        party = await _holder(desk, asked, _SCOPES[operation])
        fields = asked.json_fields()
        return await _moved(desk, party, fields, operation)
    except REFUSALS as error:
        return _refused(error, fields, operation, party)


async def _moved(desk: Desk, party: Party, fields: Fields, operation: Operation) -> Reply:
    accepted = await done(desk, party, wanted_in(fields, operation))
    movement = accepted.movement
    state = told(movement)
    # Source: operators.md 2.5: a client throws where a credit is answered with 2002
    code = state.code if is_final(movement) and state.code != "2002" else IN_PROCESS
    if accepted.replayed:
        code = REPEATED
    content = transaction(movement, number=party.number, name=party.name, code=code)
    if operation is Operation.CREDIT:
        content["soldePartenaire"] = await balance_of(desk.switch, movement)
    is_first = party.partner is not None and not accepted.replayed
    credit = movement if is_first and operation is Operation.CREDIT else None
    return Reply(content, code=code, party=party, credit=credit)


async def _found(desk: Desk, party: Party, bank_id: str) -> Reply:
    movement = await find(desk.switch, party, bank_id)
    if movement is None:
        return Reply({"total": 0, "data": []}, party=party)
    told_of = transaction(movement, number=party.number, name=party.name)
    # Source: operators.md 2.6: some clients read the list, one reads the same fields flat
    return Reply({"total": 1, "data": [told_of], **told_of}, party=party)


async def _holder(desk: Desk, asked: Asked, scope: str) -> Party:
    """The merchant whose API key came, if it has the scope.

    Raises `NotSignedIn`, `TooManyGuesses`.
    """
    key = bare_token(asked.header("authorization") or "")
    try:
        caller = await _caller(desk.switch, key, asked.peer)
    except TooOften:
        raise TooManyGuesses from None
    if caller is None:
        raise NotSignedIn("key")
    networks = tuple(ip_network(network) for network in caller.networks)
    if networks and not is_in(networks, asked.peer):
        raise NotSignedIn("network")
    if desk.switch.key_limit.seconds_to_wait(caller.key):
        raise TooManyGuesses
    try:
        desk.switch.directory.require_active(caller.merchant)
    except MerchantSuspended:  # of what was asked before, it says nothing: code 500 would be a lie
        raise NotSignedIn("suspended") from None
    if scope not in caller.scopes:
        raise NotSignedIn("scope")
    return await _party_of(desk.switch, caller.merchant)


async def _party_of(switch: Switch, merchant: str) -> Party:
    """The merchant, or the bank whose it is: by whatever door, a bank's terms are the bank's."""
    partner = await stored.by_merchant(switch.store, merchant)
    if partner is None:
        return Party(merchant, merchant, await merchants.name_of(switch.store, merchant))
    if not partner.is_active:
        raise NotSignedIn("disabled")
    return party_of(partner)


async def _caller(switch: Switch, key: str, peer: str) -> Caller | None:
    """Who holds a key; raises `TooOften`."""
    if _KEY.fullmatch(key) is None:
        keys.require_seldom(switch, peer)
        return None
    return await keys.caller_of(switch, key, peer=peer)


def _refused(error: Exception, fields: Fields, operation: Operation, party: Party | None) -> Reply:
    refusal = refusal_of(error)
    content: dict[str, Any] = {
        "code": refusal.code,
        "message": refusal.message,
        "description": refusal.description,
    }
    if party is not None:
        content |= {
            "refTmoney": "",
            "dateHeureTmoney": "",
            "idRequete": _echo(fields, "idrequete"),
            "refCommande": _echo(fields, "refcommande"),
            "dateHeureRequete": _echo(fields, "dateheurerequete"),
            "statutRequete": refusal.statut,
            "typeRequete": operation.name,
            "montant": _echo(fields, "montant"),
            "numeroClient": _echo(fields, "numeroclient"),
            "idPartenaire": party.number,
            "nomPartenaire": party.name,
        }
    return Reply(content, refusal.status, refusal.headers, refusal.because, party)


def _not_found(error: Exception) -> Reply:
    refusal = refusal_of(error)
    content: dict[str, Any] = {
        "code": refusal.code,
        "message": refusal.message,
        "description": refusal.description,
    }
    if refusal.status == OK:  # else nobody looked: a total of 0 would say that there is none
        content |= {"total": 0, "data": []}
    return Reply(content, refusal.status, refusal.headers, refusal.because)


def _echo(fields: Fields, name: str) -> str | int:
    """A field as it came, where it is short and plain."""
    value = fields.get(name, "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return str(value)[:64] if isinstance(value, object) and value is not None else ""
    return value[:64] if isinstance(value, str) else value
