"""Both simulated operators through one pair of eyes, for what is promised of any operator."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.simulators import flooz_client, tmoney_client
from tests.simulators.stage import Answer, Stage

Ask = Callable[[Stage, str, str], Awaitable[Answer]]
Look = Callable[[Stage, str, str], Awaitable[str]]


@dataclass(frozen=True)
class Wire:
    """One operator's wire: `debit` and `credit` take a reference and a number."""

    name: str
    prefix: str
    debit: Ask
    credit: Ask
    state: Look
    refused_at_once: Callable[[Answer], bool]
    query_path: str

    def number(self, last_two: str) -> str:
        return f"{self.prefix}1122{last_two}"

    def __str__(self) -> str:
        return self.name


async def _tmoney_state(stage: Stage, reference: str, kind: str) -> str:
    answer = await tmoney_client.status(stage, reference, kind)
    if not answer["total"]:
        return "unknown"
    return {"SUCCES": "paid", "ECHEC": "failed", "EN ATTENTE": "pending"}[answer["statutRequete"]]


async def _flooz_state(stage: Stage, reference: str, _: str) -> str:
    answer = await flooz_client.verify(stage, reference)
    if answer["status"] == "10":
        return "unknown"
    return {"0": "paid", "10": "failed", None: "pending"}[answer["details"].get("status")]


TMONEY = Wire(
    name="tmoney",
    prefix="22890",
    debit=tmoney_client.debit,
    credit=tmoney_client.credit,
    state=_tmoney_state,
    refused_at_once=lambda answer: answer["code"] != "2000",
    query_path="/tmoney/tmoney-middleware/transactionid?idRequete=",
)
FLOOZ = Wire(
    name="flooz",
    prefix="22896",
    debit=flooz_client.debit,
    credit=flooz_client.credit,
    state=_flooz_state,
    refused_at_once=lambda answer: answer["status"] != "0",
    query_path="/flooz/payment/HttpService/json/cv/Verify",
)
WIRES = (TMONEY, FLOOZ)
