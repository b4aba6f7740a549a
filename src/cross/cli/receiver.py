"""The sandbox's merchant server (sandbox.md section 4): registered, and what it received."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from cross.cli.calls import Calls
from cross.domain.webhook import EndpointTerms
from cross.storage.pages import Page
from cross.switch import webhooks
from cross.switch.switch import Switch
from cross.switch.webhooks import Change

PATH: Final = "/webhooks"
NAME: Final = "the sandbox's receiver"
_LOOK_EVERY_SECONDS: Final = 0.1


async def register(switch: Switch, simulators: Calls, *, merchant: str) -> None:
    """All of the merchant's webhooks go to the receiver, which knows the secret.

    Books of an earlier sandbox have the endpoint already: it gets the address and secret of today.
    """
    url = simulators.url + PATH
    found, _ = await webhooks.endpoints(switch, merchant=merchant, part=Page(limit=100))
    before = next((one for one in found if one.terms.description == NAME), None)
    if before is None:
        terms = EndpointTerms(url, description=NAME)
        _, secret = await webhooks.open_endpoint(switch, terms, merchant=merchant, livemode=False)
    else:
        change = Change(url=url, enabled=True)
        await webhooks.change_endpoint(switch, before.id, change, merchant=merchant)
        _, secret = await webhooks.rotate_secret(switch, before.id, merchant=merchant)
    await simulators.put("/control/webhooks", {"secrets": [secret]})


async def received(simulators: Calls) -> Sequence[dict[str, Any]]:
    """What came, oldest first."""
    found: Sequence[dict[str, Any]] = (await simulators.get("/control/webhooks"))["data"]
    return found


async def until_received(
    simulators: Calls, event_ids: Sequence[str], *, seconds: float
) -> Sequence[dict[str, Any]]:
    """What came, once each of these events is among it, or when the time is up."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    while True:
        came = await received(simulators)
        ids = [one["id"] for one in came]
        if all(one in ids for one in event_ids) or loop.time() >= ends_at:
            return came
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
