"""Payers: whoever holds the phones whose number ends in 00, and who pays on an operator's page."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from cross.cli.visitor import Lost, Visitor
from cross.outbound import HttpRequest, NoAnswer, Outbound

PIN: Final = "1234"


class Person:
    """Answers phones and pages: approves, refuses, mistypes, or lets it ring."""

    def __init__(self, operators: Outbound, random: Random) -> None:
        self._operators = operators
        self._random = random
        self.answered: Counter[str] = Counter()

    async def hold(self, wallet: str, *, from_seconds: float) -> None:
        """Look at the phone from time to time and answer what it asks."""
        await asyncio.sleep(from_seconds)
        for _ in range(self._random.randint(0, 12)):
            await asyncio.sleep(self._random.uniform(1.0, 20.0))
            path = f"http://operators/control/handsets/{wallet}"
            answer = await self._operators.send(HttpRequest("GET", path))
            for prompt in json.loads(answer.body)["prompts"]:
                await self._answer(path, prompt["id"])

    async def pay_on(self, page: Mapping[str, Any], phone: str) -> None:
        """Open the operator's page and pay there, leave, or press the button twice."""
        await asyncio.sleep(self._random.uniform(0.5, 60.0))
        visitor = Visitor(self._operators)
        try:
            if page["method"] == "POST":
                await visitor.post(page["url"], page["fields"])
            else:
                await visitor.open(page["url"])
            for _ in range(self._random.choice((1, 1, 2))):
                await self._press(visitor, phone)
        except (NoAnswer, Lost):
            self.answered["page lost"] += 1

    async def _press(self, visitor: Visitor, phone: str) -> None:
        wanted = self._random.choice(("pay", "pay", "pay", "cancel"))
        form = visitor.page.form_with(wanted)
        if form is None:
            return
        pin = PIN if self._random.random() < 0.8 else "9999"
        await visitor.submit(form, {"phone": phone, "pin": pin}, press=wanted)
        self.answered[f"page {wanted}"] += 1
        await asyncio.sleep(self._random.uniform(0.0, 5.0))

    async def _answer(self, path: str, prompt: str) -> None:
        action = self._random.choice(("approve", "approve", "refuse", "mistype"))
        body = {"action": "refuse"}
        if action != "refuse":
            body = {"action": "approve", "pin": PIN if action == "approve" else "9999"}
        request = HttpRequest("POST", f"{path}/prompts/{prompt}", (), json.dumps(body).encode())
        await self._operators.send(request)
        self.answered[action] += 1
