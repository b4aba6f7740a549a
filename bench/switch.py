"""The switch's own process, as `cross serve` runs it: `python -m bench.switch PLAN.json`."""

import cProfile
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.serving import say, serve
from bench.traffic import BANK, BANK_FLOAT, BANK_PASSWORD, EVENT_TYPES, FLOAT, MERCHANT, SECRET
from cross.bootstrap import Application
from cross.domain.money import xof
from cross.domain.webhook import EndpointTerms
from cross.settings import read_settings
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch import partners
from cross.switch.funding import fund_float
from cross.switch.keys import SCOPES, hash_of
from cross.switch.switch import Switch
from cross.switch.webhooks import open_endpoint

_opened: Final[list[Switch]] = []
_plan: Final[dict[str, Any]] = {}


async def furnish(switch: Switch) -> None:
    """One merchant with one key, and floats that are what the operators say they are."""
    now = switch.clock()
    key = ApiKeyRow("key_bench", MERCHANT, False, hash_of(SECRET), SCOPES, now)  # noqa: FBT003
    await switch.store.add_merchant(MerchantRow(MERCHANT, "Banc d'essai", now), key)
    with_bank = _plan.get("bank", False)
    for operator in switch.operators:
        of_bank = BANK_FLOAT if with_bank and operator == "tmoney" else 0
        await fund_float(switch, operator, xof(FLOAT - of_bank), name="bench")
    if with_bank:
        fields = {"name": "Banque", "username": BANK, "number": "42"}
        bank = await partners.open_partner(switch, fields, password=BANK_PASSWORD, who="bench")
        deposit = partners.Deposit("tmoney", xof(BANK_FLOAT), "bench")
        await partners.fund(switch, bank, deposit, who="bench")
    if "webhooks" in _plan:
        await _subscribe(switch, _plan["webhooks"], Path(_plan["secret_file"]))
    for place, (name, (secret, url)) in enumerate(_plan.get("neighbours", {}).items()):
        await _settle(switch, name, secret, url, place)
    _opened.append(switch)


async def _subscribe(switch: Switch, url: str, secret_file: Path) -> None:
    """The merchant's one endpoint; its secret is shown once, and left for whoever verifies."""
    terms = EndpointTerms(url, EVENT_TYPES, "")
    endpoint, secret = await open_endpoint(switch, terms, merchant=MERCHANT, livemode=False)
    _leave(secret_file, {"id": endpoint.id, "secret": secret})


async def _settle(switch: Switch, name: str, secret: str, url: str, place: int) -> None:
    """One more merchant, with a key and an endpoint."""
    merchant, now = f"{MERCHANT[:-1]}{place + 1}", switch.clock()
    key = ApiKeyRow(f"key_{name}", merchant, False, hash_of(secret), SCOPES, now)  # noqa: FBT003
    await switch.store.add_merchant(MerchantRow(merchant, name, now), key)
    terms = EndpointTerms(url, EVENT_TYPES, "")
    await open_endpoint(switch, terms, merchant=merchant, livemode=False)


def _leave(file: Path, content: Mapping[str, str]) -> None:
    file.write_text(json.dumps(content))


def told() -> Mapping[str, Any]:
    """How well the recorder gathered what was ready together."""
    recorder = _opened[0].recorder
    return {"batches": recorder.batches, "writes": recorder.writes}


def main(plan_file: Path) -> None:
    """Serves; with `profile`, under cProfile, which slows it down by about half."""
    plan = json.loads(plan_file.read_text())
    _plan.update(plan)
    settings = read_settings(overrides=plan["settings"])
    profile = cProfile.Profile() if plan["profile"] else None
    if profile is not None:
        profile.enable()
    serve(lambda: Application(settings, ready=furnish))
    say(told())
    if profile is not None:
        profile.disable()
        profile.dump_stats(plan["profile"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
