"""`cross sandbox`: a switch with simulated operators, to try a client against."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cross.cli import demo_bank, serving
from cross.cli.data_folder import write_privately
from cross.cli.options import DatabaseUrl, Port, PromptDelay, Seed, command
from cross.cli.screen import OK, Screen
from cross.cli.starting import Plan, Sandbox, started
from cross.settings import TerminalSettings


@command
def sandbox(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    port: Port = 8228,
    sim_port: Port = 8229,
    database_url: DatabaseUrl = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keeps books and key, and goes on from them next time."
        ),
    ] = None,
    prompt_delay: PromptDelay = 1.0,
    seed: Seed = None,
) -> int | None:
    """Start the switch and simulated operators, with a merchant, a key and funded floats."""
    plan = Plan(port, sim_port, database_url, data_dir, prompt_delay, seed)
    return serving.run(_run(screen, plan))


async def _run(screen: Screen, plan: Plan) -> int:
    stop = serving.stop_asked_for()
    async with started(plan) as running:
        await stay(screen, plan, running, stop)
    return OK


async def stay(screen: Screen, plan: Plan, running: Sandbox, stop: asyncio.Event) -> None:
    """Tells where the sandbox is, and keeps it up until somebody stops it."""
    with _known_to_other_commands(running):
        _tell(screen, plan, running)
        screen.document(_addresses(running))
        await running.until(stop)
        screen.say(fr="Arrêt…", en="Stopping…")


def _tell(screen: Screen, plan: Plan, running: Sandbox) -> None:
    place = running.database_url.rpartition("@")[2]  # no password on a screen
    if plan.data_dir is None and plan.database_url is None:
        place = screen.one_of(
            fr="effacés à la fin ; --data-dir DOSSIER les garde",
            en="deleted at the end; --data-dir FOLDER keeps them",
        )
    bank = demo_bank.credentials(running.keys.callback_secret)
    names = ", ".join(running.switch.profiles)
    table = Table.grid(padding=(0, 2))
    for fr, en, value in (
        ("commutateur", "switch", running.api.url),
        ("opérateurs", "operators", f"{running.simulators.url}  ({names})"),
        ("banc d'essai", "test bench", f"{running.simulators.url}/bench"),
        ("webhooks reçus", "webhooks received", f"{running.simulators.url}/control/webhooks"),
        ("marchand", "merchant", running.keys.merchant),
        ("clé", "key", running.keys.api_key),
        ("banque démo", "demo bank", f"{bank['username']}  {bank['password']}"),
        ("livres", "books", place),
    ):
        table.add_row("", screen.one_of(fr=fr, en=en), value)
    screen.say(fr="Bac à sable de Cross : aucun argent réel.", en="Cross sandbox: no real money.")
    screen.show(table)
    screen.say(
        fr="\nDans un autre terminal :\n  cross transfer 90112233 96112233 5000\n"
        "  cross list transfers\n  cross ledger trial-balance\n"
        "  cross trigger order.paid\n  cross listen --forward-to URL\nCtrl-C arrête tout.",
        en="\nIn another terminal:\n  cross transfer 90112233 96112233 5000\n"
        "  cross list transfers\n  cross ledger trial-balance\n"
        "  cross trigger order.paid\n  cross listen --forward-to URL\nCtrl-C stops everything.",
    )


def _addresses(running: Sandbox) -> dict[str, Any]:
    return {
        "api_url": running.api.url,
        "sim_url": running.simulators.url,
        "api_key": running.keys.api_key,
        "dashboard_url": None,
        "partner": demo_bank.credentials(running.keys.callback_secret),
        "bench_url": f"{running.simulators.url}/bench",
    }


@contextmanager
def _known_to_other_commands(running: Sandbox) -> Iterator[None]:
    """`cross pay` and the others find the sandbox that was started last."""
    file = TerminalSettings().sandbox_file
    addresses = {
        **_addresses(running),
        "database_url": running.database_url,
        "admin_token": running.switch.seals.admin_tokens()[0],
    }
    write_privately(file, addresses)
    try:
        yield
    finally:
        if file.exists() and json.loads(file.read_text("utf-8")) == addresses:
            file.unlink()
