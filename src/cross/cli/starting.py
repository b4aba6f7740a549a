"""A sandbox that runs: the simulators in a process of their own, the switch in this one."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from cross.bootstrap import Application
from cross.cli import demo_bank, receiver, serving
from cross.cli.calls import Calls, opened_outbound
from cross.cli.data_folder import BOOKS_FILE, Keys, data_folder, keys_in, master_key_in
from cross.cli.screen import Failed
from cross.domain.accounts import float_at
from cross.domain.limits import UNHINDERED
from cross.domain.money import Money, currency_named
from cross.settings import EXAMPLE_RATES, Settings, given_settings
from cross.storage import ledger as stored
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch import funding
from cross.switch.keys import SCOPES, hash_of
from cross.switch.switch import Switch

HOST: Final = "127.0.0.1"
CLIENT: Final = "cross"  # sandbox.md section 1: the client every simulator knows
BOOKED_AS: Final = "sandbox"
STOPPING_SECONDS: Final = 10.0

# The simulators answer at once or never: what is not answered in 5 s is lost, what is not known
# there 5 s later never arrived. Real operators hold a request for longer (their own profiles).
ANSWER_TIMEOUT_SECONDS: Final = "5"
SETTLING_SECONDS: Final = 5.0
APART_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sandbox is asked to be; port 0 is a free one, no folder is one that goes away."""

    port: int
    sim_port: int
    database_url: str | None = None
    data_dir: Path | None = None
    prompt_delay: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A switch and simulators that answer; `stopped` ends when either of them does."""

    api: Calls
    simulators: Calls
    keys: Keys
    database_url: str
    folder: Path
    switch: Switch
    server: serving.Server
    operators: asyncio.subprocess.Process

    async def until(self, stop: asyncio.Event) -> None:
        """Waits for Ctrl-C or SIGTERM; raises `Failed` where a part ends by itself."""
        loop = asyncio.get_running_loop()
        asked, gone = loop.create_task(stop.wait()), loop.create_task(self.operators.wait())
        await asyncio.wait([asked, gone, self.server.ended], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        gone.cancel()
        if not stop.is_set():
            raise Failed(
                fr="les opérateurs simulés se sont arrêtés d'eux-mêmes",
                en="the simulated operators have ended by themselves",
            )


@asynccontextmanager
async def started(plan: Plan) -> AsyncIterator[Sandbox]:
    """A sandbox, from the moment when both parts answer; both are stopped at the end."""
    with data_folder(plan.data_dir) as folder:
        keys = keys_in(folder)
        here = serving.take_port(HOST, plan.port, flag="--port")
        there = serving.take_port(HOST, plan.sim_port, flag="--sim-port")
        async with opened_outbound() as outbound, _simulators(plan, there, folder) as operators:
            simulators = Calls(outbound, serving.address_of(there))
            api = Calls(outbound, serving.address_of(here), keys.api_key)
            connections = await _connections(simulators)
            settings = _settings(
                plan, folder, keys, connections, addresses=(api.url, simulators.url)
            )
            opened: list[Switch] = []

            async def furnish(switch: Switch) -> None:
                opened.append(switch)
                await _furnish(switch, keys, simulators, public_url=api.url)

            server = serving.Server(Application(settings, ready=furnish), here)
            there.close()
            await _start(server)
            try:
                yield Sandbox(
                    api=api,
                    simulators=simulators,
                    keys=keys,
                    database_url=settings.database_url,
                    folder=folder,
                    switch=opened[0],
                    server=server,
                    operators=operators,
                )
            finally:
                await server.stop()


async def _start(server: serving.Server) -> None:
    try:
        await server.start()
    except Failed as failure:
        flags = "--data-dir, --database-url"
        raise Failed(fr=f"{failure.fr} : {flags}", en=f"{failure.en}: {flags}") from None


@asynccontextmanager
async def _simulators(
    plan: Plan, listener: socket.socket, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The simulators' process on a socket that listens; it ends when its standard input closes.

    So it is never left behind, however this process ends. In a session of its own it does not
    hear Ctrl-C, and answers the switch until the switch has ended.
    """
    seed = () if plan.seed is None else ("--seed", str(plan.seed))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cross.cli.app", "simulate", "--quiet", "--while-stdin-is-open"),
        *("--listener", str(listener.fileno()), "--prompt-delay", str(plan.prompt_delay), *seed),
        *("--data-dir", str(folder)),
        stdin=asyncio.subprocess.PIPE,
        pass_fds=(listener.fileno(),),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None  # noqa: S101  a pipe was asked for
        process.stdin.close()
        try:
            async with asyncio.timeout(STOPPING_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _connections(simulators: Calls) -> Mapping[str, Mapping[str, str]]:
    """How the switch connects to each simulated operator, as the simulators say."""
    try:
        found: Mapping[str, Mapping[str, str]] = await simulators.get("/control/settings")
    except Failed:
        raise Failed(
            fr="les opérateurs simulés n'ont pas démarré",
            en="the simulated operators have not started",
        ) from None
    return found


def _settings(
    plan: Plan,
    folder: Path,
    keys: Keys,
    connections: Mapping[str, Mapping[str, str]],
    *,
    addresses: tuple[str, str],
) -> Settings:
    """`addresses`: the switch's own, and that of the bench, which shows its pages in a frame."""
    public_url, bench = addresses
    values: dict[str, Any] = {
        "public_url": public_url,
        "checkout_frame_ancestors": bench,
        "database_url": plan.database_url or f"sqlite:{folder / BOOKS_FILE}",
        "callback_secret": keys.callback_secret,
        "master_key_file": master_key_in(folder),
        "settling_seconds": SETTLING_SECONDS,
        "apart_seconds": APART_SECONDS,
        "rates": EXAMPLE_RATES,
        "webhook_private_networks": True,
        "limits": dict(UNHINDERED),
        "capacity": {"lag_seconds_max": 10.0, "writes_seconds_max": 10.0},  # of a busy laptop
        "operators": {
            name: {**settings, "answer_timeout_seconds": ANSWER_TIMEOUT_SECONDS}
            for name, settings in connections.items()
        },
    }
    try:
        return given_settings(values)
    except ValidationError as error:
        raise Failed(fr=str(error), en=str(error)) from None


async def _furnish(switch: Switch, keys: Keys, simulators: Calls, *, public_url: str) -> None:
    """The merchant, his key, the floats, and where the operators call back."""
    now = switch.clock()
    await switch.store.add_merchant(
        MerchantRow(keys.merchant, "Demo", now),
        ApiKeyRow(
            keys.key_id,
            keys.merchant,
            livemode=False,
            secret_hash=hash_of(keys.api_key),
            scopes=SCOPES,
            at=now,
        ),
    )
    await simulators.put("/control/switch", {"api_url": public_url, "api_key": keys.api_key})
    await receiver.register(switch, simulators, merchant=keys.merchant)
    await demo_bank.register(switch, simulators, secret=keys.callback_secret)
    for operator, token in switch.callback_tokens.items():
        await _fund(switch, keys.merchant, operator, simulators)
        await simulators.put(
            f"/control/credentials/{operator}/{CLIENT}",
            {"callback_url": f"{public_url}/callbacks/{operator}/{token}"},
        )


async def _fund(switch: Switch, merchant: str, operator: str, simulators: Calls) -> None:
    """Books the float that the operator holds for us: half the merchant's, then house and bank.

    The simulators forget everything when they end; books that are older tell them our float.
    """
    partner = await simulators.get(f"/control/partner/{operator}")
    held, currency = int(partner["balance"]), currency_named(partner["currency"])
    bank = Money(held // 4, currency)
    house = Money(held // 2 - held // 4, currency)
    deposit = Money(held - held // 2, currency)
    await funding.fund_float(switch, operator, house, name=BOOKED_AS)
    await demo_bank.fund(switch, operator, bank)
    await funding.fund_merchant(switch, merchant, operator, deposit, name=BOOKED_AS)
    account = float_at(operator, currency)
    for line in await stored.balances(switch.store):
        if line.account == account and line.debit_balance != held:
            await simulators.put(f"/control/partner/{operator}", {"balance": line.debit_balance})
