"""`client.orders` and `client.payment_links`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from cross_switch.calling import (
    Async,
    Listing,
    Request,
    Sync,
    Wait,
    creation,
    listing,
    pages,
    post,
    request,
    sends,
    stands_at,
    waits,
)
from cross_switch.shapes.orders import Order, OrderLog, OrderStatus, PaymentLink

FINAL: Final = stands_at("paid", "expired", "canceled", "partially_refunded", "refunded")


class OrderCalls:
    """What a merchant wants paid, on a page of ours."""

    @sends
    def create(
        self,
        *,
        amount: int,
        currency: str,
        reference: str,
        title: str,
        description: str | None = None,
        return_url: str | None = None,
        cancel_url: str | None = None,
        expires_in_minutes: int | None = None,
        operators: Sequence[str] | None = None,
        callback_info: str | None = None,
        metadata: Mapping[str, str] | None = None,
        customer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Order]:
        """Ask for a payment; the payer pays at `checkout_url`."""
        body = {
            "amount": amount,
            "currency": currency,
            "reference": reference,
            "title": title,
            "description": description,
            "return_url": return_url,
            "cancel_url": cancel_url,
            "expires_in_minutes": expires_in_minutes,
            "operators": operators,
            "callback_info": callback_info,
            "metadata": metadata,
            "customer": customer,
        }
        return creation("/v1/orders", Order, body, idempotency_key=idempotency_key)

    @sends
    def get(self, id: str, /) -> Request[Order]:
        """An order as it stands, with its attempts."""
        return request("GET", "/v1/orders/{id}", Order, id=id)

    @sends
    def cancel(self, id: str, /) -> Request[Order]:
        """Take an unpaid order back, while no attempt to pay it is open."""
        return request("POST", "/v1/orders/{id}/cancel", Order, again=True, id=id)

    @pages
    def logs(self, id: str, /) -> Listing[OrderLog]:
        """All that happened to an order, oldest first."""
        return listing("/v1/orders/{id}/logs", OrderLog, {}, id=id)

    @sends
    def qr(self, id: str, /) -> Request[str]:
        """The QR code of the checkout page, as SVG."""
        return request("GET", "/v1/orders/{id}/qr.svg", str, id=id)

    @sends
    def pi_spi(self, id: str, /) -> Request[str]:
        """PI-SPI's QR code, as SVG, where the merchant has an alias."""
        return request("GET", "/v1/orders/{id}/pi_spi.svg", str, id=id)

    @waits
    def wait(self, id: str, /, *, timeout: float = 120.0, every: float = 1.0) -> Wait[Order]:
        """The order once it is final; `WaitTimeoutError` where it is not in time."""
        asked = request("GET", "/v1/orders/{id}", Order, id=id)
        return Wait(request=asked, until=FINAL, timeout=timeout, every=every)

    @pages
    def list(
        self,
        *,
        status: OrderStatus | None = None,
        operator: str | None = None,
        reference: str | None = None,
        msisdn: str | None = None,
        customer: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[Order]:
        """Orders, newest first. `limit` is how many come at a time."""
        query = {
            "status": status,
            "operator": operator,
            "reference": reference,
            "msisdn": msisdn,
            "customer": customer,
            "created_from": created_from,
            "created_to": created_to,
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/orders", Order, query)


class Orders(OrderCalls, Sync):
    """`Cross.orders`."""


class AsyncOrders(OrderCalls, Async):
    """`AsyncCross.orders`."""


class PaymentLinkCalls:
    """Addresses that make an order for whoever opens them."""

    @sends
    def create(
        self,
        *,
        title: str,
        currency: str,
        amount: int | None = None,
        amount_min: int | None = None,
        amount_max: int | None = None,
        uses: int | None = None,
        expires_in_minutes: int | None = None,
        operators: Sequence[str] | None = None,
        description: str | None = None,
        return_url: str | None = None,
        cancel_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Request[PaymentLink]:
        """Make an address to share or to print."""
        body = {
            "title": title,
            "currency": currency,
            "amount": amount,
            "amount_min": amount_min,
            "amount_max": amount_max,
            "uses": uses,
            "expires_in_minutes": expires_in_minutes,
            "operators": operators,
            "description": description,
            "return_url": return_url,
            "cancel_url": cancel_url,
            "metadata": metadata,
        }
        return post("/v1/payment_links", PaymentLink, body)

    @sends
    def get(self, id: str, /) -> Request[PaymentLink]:
        """A payment link as it stands."""
        return request("GET", "/v1/payment_links/{id}", PaymentLink, id=id)

    @sends
    def close(self, id: str, /) -> Request[PaymentLink]:
        """Take no more payments through it, for good."""
        return request("POST", "/v1/payment_links/{id}/close", PaymentLink, again=True, id=id)

    @sends
    def qr(self, id: str, /) -> Request[str]:
        """The QR code of the link, as SVG."""
        return request("GET", "/v1/payment_links/{id}/qr.svg", str, id=id)

    @sends
    def pi_spi(self, id: str, /) -> Request[str]:
        """PI-SPI's QR code, as SVG, where the merchant has an alias."""
        return request("GET", "/v1/payment_links/{id}/pi_spi.svg", str, id=id)

    @pages
    def list(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> Listing[PaymentLink]:
        """Payment links, newest first."""
        query = {
            "limit": limit,
            "starting_after": starting_after,
            "ending_before": ending_before,
        }
        return listing("/v1/payment_links", PaymentLink, query)


class PaymentLinks(PaymentLinkCalls, Sync):
    """`Cross.payment_links`."""


class AsyncPaymentLinks(PaymentLinkCalls, Async):
    """`AsyncCross.payment_links`."""
