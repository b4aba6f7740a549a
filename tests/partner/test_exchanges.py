"""Non-regression: what each version was asked and answered, replayed against the real switch.

A bank that integrated with the operator's old service must not notice the change (api.md, 6). In
the answers `<ref>`, `<time>`, `<float>` and `<token>` stand for what differs each time.
"""

import asyncio
import base64
import json
import re
from dataclasses import asdict
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from cross.domain.partner import Operation, OperationTerms
from cross.partner import tokens
from cross.switch import partners
from tests.partner.bank import Bank, open_bank
from tests.world import until

FILES: Final = sorted((Path(__file__).parent / "exchanges").glob("*.json"))
PLACEHOLDERS: Final = {
    "<ref>": re.compile(r"[0-9]{1,9}"),
    "<time>": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "<float>": re.compile(r"[0-9]+"),
    "<token>": re.compile(r"(Bearer )?eyJ[\w-]+\.[\w-]+\.[\w-]+"),
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_was_recorded_is_answered_as_ever(tmp_path: Path, file: Path) -> None:
    steps = json.loads(file.read_text("utf-8"))["steps"]

    async def replay() -> None:
        async with open_bank(tmp_path) as bank:
            for number, step in enumerate(steps):
                await _set(bank, step.get("set", {}))
                status, told = await _asked(bank, step["request"])
                expected = step["answer"]
                assert told == _filled(expected["json"], told), (number, step["request"])
                assert status == expected["status"], (number, step["request"])
                if "callback" in step:
                    await _called_back(bank, step["callback"])
            await bank.world.assert_in_agreement()

    asyncio.run(replay())


async def _asked(bank: Bank, request: dict[str, Any]) -> tuple[int, Any]:
    headers, body, path = {}, b"", request["path"]
    token = request.get("token", bank.token)
    if token == "expired":
        token = _expired(bank)
    if token is not None:
        headers["authorization"] = token
    if "basic" in request:
        pair = base64.b64encode(":".join(request["basic"]).encode()).decode()
        headers["authorization"] = f"Basic {pair}"
    if "query" in request:
        path += f"?{urlencode(request['query'])}"
    if "json" in request:
        body = json.dumps(request["json"]).encode()
    if "form" in request:
        body = urlencode(request["form"]).encode()
        headers["content_type"] = "application/x-www-form-urlencoded"
    return await bank.send(request["method"], path, body, **headers)


def _expired(bank: Bank) -> str:
    switch = bank.world.switch
    now = switch.clock
    switch.clock = lambda: now() - timedelta(hours=2)
    try:
        return tokens.issue(switch, bank.partner, seconds=3600)
    finally:
        switch.clock = now


async def _set(bank: Bank, wish: dict[str, Any]) -> None:
    found = await partners.find(bank.world.switch, bank.partner.id)
    fields: dict[str, Any] = {}
    wished = {one: _terms(wish[one.value]) for one in Operation if one.value in wish}
    if wished:
        fields["operations"] = {**found.operations, **wished}
    if "networks" in wish:
        fields["networks"] = tuple(ip_network(network) for network in wish["networks"])
    if "agentid" in wish:
        fields["agentid"] = wish["agentid"]
    if fields:
        await bank.set(**fields)
    if wish.get("disable"):
        found = await partners.find(bank.world.switch, bank.partner.id)
        await partners.disable(bank.world.switch, found, who="test")
    if "spend_down_to" in wish:
        await bank.spend_down_to(wish["spend_down_to"])


def _terms(wish: dict[str, Any]) -> OperationTerms:
    terms = {**asdict(OperationTerms()), **wish}
    if terms["cut_off"] is not None:
        terms["cut_off"] = time.fromisoformat(terms["cut_off"])
    return OperationTerms(**terms)


async def _called_back(bank: Bank, expected: dict[str, Any]) -> None:
    def is_there() -> bool:
        return any(told["idRequete"] == expected["idRequete"] for told in bank.receiver.bodies)

    await until(is_there)
    told = next(one for one in bank.receiver.bodies if one["idRequete"] == expected["idRequete"])
    assert told == _filled(expected, told)


def _filled(expected: Any, told: Any) -> Any:
    """What was expected, with what was told in place of each placeholder that it fits."""
    if isinstance(expected, dict) and isinstance(told, dict):
        return {name: _filled(value, told.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        return [_filled(one, other) for one, other in zip(expected, told, strict=True)]
    fits = isinstance(expected, str) and expected in PLACEHOLDERS
    if fits and PLACEHOLDERS[expected].fullmatch(str(told)):
        return told
    return expected
