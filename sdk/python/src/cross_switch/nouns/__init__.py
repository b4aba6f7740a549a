"""What a client can be asked: a noun of the API each, described once for both clients."""

from cross_switch.nouns.collections import AsyncCollections, Collections
from cross_switch.nouns.customers import AsyncCustomers, Customers
from cross_switch.nouns.events import AsyncEvents, AsyncWebhookEndpoints, Events, WebhookEndpoints
from cross_switch.nouns.orders import AsyncOrders, AsyncPaymentLinks, Orders, PaymentLinks
from cross_switch.nouns.payout_batches import AsyncPayoutBatches, PayoutBatches
from cross_switch.nouns.payouts import AsyncPayouts, Payouts
from cross_switch.nouns.platform import (
    AsyncBalances,
    AsyncLedger,
    AsyncOperators,
    AsyncRequestLogs,
    AsyncResponses,
    AsyncSettlements,
    Balances,
    Ledger,
    Operators,
    RequestLogs,
    Responses,
    Settlements,
)
from cross_switch.nouns.refunds import AsyncRefunds, Refunds
from cross_switch.nouns.transfers import AsyncQuotes, AsyncTransfers, Quotes, Transfers

__all__ = [
    "AsyncBalances",
    "AsyncCollections",
    "AsyncCustomers",
    "AsyncEvents",
    "AsyncLedger",
    "AsyncOperators",
    "AsyncOrders",
    "AsyncPaymentLinks",
    "AsyncPayoutBatches",
    "AsyncPayouts",
    "AsyncQuotes",
    "AsyncRefunds",
    "AsyncRequestLogs",
    "AsyncResponses",
    "AsyncSettlements",
    "AsyncTransfers",
    "AsyncWebhookEndpoints",
    "Balances",
    "Collections",
    "Customers",
    "Events",
    "Ledger",
    "Operators",
    "Orders",
    "PaymentLinks",
    "PayoutBatches",
    "Payouts",
    "Quotes",
    "Refunds",
    "RequestLogs",
    "Responses",
    "Settlements",
    "Transfers",
    "WebhookEndpoints",
]
