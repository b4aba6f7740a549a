"""Control calls about money: wallets, Cross's floats, the journal and its totals."""

from collections.abc import Mapping

from cross.simulation.control import (
    LISTED_MAX,
    Content,
    Handlers,
    desk_named,
    desks_asked,
    listed,
    query_of,
    whole_in,
    wire_moment,
)
from cross.simulation.control_fields import (
    BadCall,
    msisdn,
    read_fields,
    required,
    text,
    truth,
    whole,
)
from cross.simulation.desk import Desk
from cross.simulation.exchange import Request
from cross.simulation.journal import Journal, Movement
from cross.simulation.wallets import Wallet


class MoneyCalls:
    """Shows and sets what the simulated operators hold."""

    def __init__(self, desks: Mapping[str, Desk], *, journal: Journal) -> None:
        self._desks = desks
        self._journal = journal

    def handlers(self) -> Handlers:
        """The calls answered here."""
        return {
            ("GET", "wallets", 0): self._wallets,
            ("GET", "wallets", 2): self._wallet,
            ("PUT", "wallets", 2): self._put_wallet,
            ("GET", "partner", 1): self._partner,
            ("PUT", "partner", 1): self._put_partner,
            ("GET", "journal", 0): self._movements,
            ("GET", "totals", 0): self._totals,
        }

    def _wallets(self, request: Request, _: tuple[str, ...]) -> Content:
        query = query_of(request, "operator")
        return listed(
            [
                _shown(desk, wallet)
                for desk in desks_asked(self._desks, query)
                for wallet in desk.purse.wallets()
            ]
        )

    def _wallet(self, _: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        wallet = desk.purse.existing(msisdn(parts[1]))
        if wallet is None:
            raise BadCall(404, "this wallet has not been opened", field="msisdn")
        return _shown(desk, wallet)

    def _put_wallet(self, request: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        wallet_number = msisdn(parts[1])
        readers = {"balance": whole, "pin": text, "name": text, "blocked": truth}
        fields = read_fields(request, readers)
        wallet = desk.purse.existing(wallet_number) or desk.purse.open(wallet_number)
        for name, value in fields.items():
            setattr(wallet, name, value)
        return _shown(desk, wallet)

    def _partner(self, _: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        return _partner_shown(desk)

    def _put_partner(self, request: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        fields = read_fields(request, {"balance": whole})
        desk.purse.float = whole("balance", required(fields, "balance"))
        return _partner_shown(desk)

    def _movements(self, request: Request, _: tuple[str, ...]) -> Content:
        query = query_of(request, "operator", "reference", "since", "limit")
        desks_asked(self._desks, query)
        movements = self._journal.find(
            operator=query.get("operator"),
            reference=query.get("reference"),
            since=whole_in(query, "since", default=0),
        )
        limit = whole_in(query, "limit", default=LISTED_MAX)
        return listed([_movement(movement) for movement in movements[:limit]])

    def _totals(self, _: Request, __: tuple[str, ...]) -> Content:
        return {name: desk_totals(desk) for name, desk in self._desks.items()}


def desk_totals(desk: Desk) -> Content:
    """What one operator holds: the sum of its wallets, our float, and both together."""
    totals = desk.purse.totals()
    return {
        "currency": desk.facts.currency,
        "wallets": totals.wallets,
        "float": totals.float,
        "total": totals.total,
    }


def _shown(desk: Desk, wallet: Wallet) -> Content:
    return {
        "operator": desk.facts.name,
        "msisdn": wallet.msisdn,
        "balance": wallet.balance,
        "currency": desk.facts.currency,
        "pin": wallet.pin,
        "name": wallet.name,
        "blocked": wallet.blocked,
    }


def _partner_shown(desk: Desk) -> Content:
    return {
        "operator": desk.facts.name,
        "balance": desk.purse.float,
        "currency": desk.facts.currency,
    }


def _movement(movement: Movement) -> Content:
    return {
        "operator": movement.operator,
        "kind": movement.kind.value,
        "reference": movement.reference,
        "operator_reference": movement.operator_reference,
        "msisdn": movement.msisdn,
        "amount": movement.amount,
        "currency": movement.currency,
        "at": wire_moment(movement.at),
    }
