"""`client.operators`, `balances`, `settlements`, `ledger`, `responses` and `request_logs`."""

from typing import Any, TypeAlias

from cross_switch.calling import Async, Listing, Request, Sync, listing, pages, request, sends
from cross_switch.shapes.batches import PayoutBatch
from cross_switch.shapes.movements import Collection, Payout, Refund, Transfer
from cross_switch.shapes.orders import Order
from cross_switch.shapes.platform import (
    Balance,
    LedgerAccount,
    LedgerEntry,
    Operator,
    OperatorLookup,
    RequestLog,
)
from cross_switch.shapes.settlements import Settlement

Opened: TypeAlias = Transfer | Collection | Payout | Refund | Order | PayoutBatch


class OperatorCalls:
    """Whom the switch is connected to."""

    @pages
    def list(self) -> Listing[Operator]:
        """Every operator: limits, fees in force, and how it is doing."""
        return listing("/v1/operators", Operator, {})

    @sends
    def lookup(self, *, msisdn: str) -> Request[OperatorLookup]:
        """The number in E.164 and its likely operator: a hint, as numbers are portable."""
        return Request(
            method="GET",
            path="/v1/operators/lookup",
            kind=OperatorLookup,
            query={"msisdn": msisdn},
        )


class Operators(OperatorCalls, Sync):
    """`Cross.operators`."""


class AsyncOperators(OperatorCalls, Async):
    """`AsyncCross.operators`."""


class BalanceCalls:
    """What the merchant has."""

    @pages
    def list(self) -> Listing[Balance]:
        """The merchant's balance in each currency."""
        return listing("/v1/balances", Balance, {})


class Balances(BalanceCalls, Sync):
    """`Cross.balances`."""


class AsyncBalances(BalanceCalls, Async):
    """`AsyncCross.balances`."""


class SettlementCalls:
    """What the merchant is paid of its balance."""

    @sends
    def get(self, id: str, /) -> Request[Settlement]:
        """A settlement."""
        return request("GET", "/v1/settlements/{id}", Settlement, id=id)

    @pages
    def list(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Settlement]:
        """Settlements, newest first."""
        query = {"limit": limit, "starting_after": starting_after, "ending_before": ending_before}
        return listing("/v1/settlements", Settlement, query)


class Settlements(SettlementCalls, Sync):
    """`Cross.settlements`."""


class AsyncSettlements(SettlementCalls, Async):
    """`AsyncCross.settlements`."""


class LedgerCalls:
    """The double-entry view of what concerns the merchant."""

    @pages
    def accounts(self) -> Listing[LedgerAccount]:
        """The merchant's accounts in the books."""
        return listing("/v1/ledger/accounts", LedgerAccount, {})

    @pages
    def entries(
        self,
        *,
        account: str | None = None,
        movement: str | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[LedgerEntry]:
        """Entries, newest first; the amounts of each sum to 0."""
        query = {
            "account": account,
            "movement": movement,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/ledger/entries", LedgerEntry, query)


class Ledger(LedgerCalls, Sync):
    """`Cross.ledger`."""


class AsyncLedger(LedgerCalls, Async):
    """`AsyncCross.ledger`."""


class ResponseCalls:
    """Answers that were never received."""

    @sends
    def get(self, key: str, /) -> Request[Opened]:
        """What the call with this idempotency key opened, as it stands now."""
        asked: Request[Any] = request("GET", "/v1/responses/{key}", Opened, key=key)
        return asked


class Responses(ResponseCalls, Sync):
    """`Cross.responses`."""


class AsyncResponses(ResponseCalls, Async):
    """`AsyncCross.responses`."""


class RequestLogCalls:
    """What the switch was asked with the merchant's keys, for a while."""

    @pages
    def list(
        self,
        *,
        status: str | None = None,
        path: str | None = None,
        subject: str | None = None,
        since: str | None = None,
        limit: int | None = None,
    ) -> Listing[RequestLog]:
        """The last requests, newest first: with a status (`422`, `4xx`), about an object."""
        query = {
            "status": status,
            "path": path,
            "subject": subject,
            "since": since,
            "limit": limit,
        }
        return listing("/v1/request_logs", RequestLog, query)


class RequestLogs(RequestLogCalls, Sync):
    """`Cross.request_logs`."""


class AsyncRequestLogs(RequestLogCalls, Async):
    """`AsyncCross.request_logs`."""
