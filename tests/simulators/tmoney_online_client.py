"""A shop that takes TMoney Online by itself, and a payer who visits its page: no connector."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from cross.cli.visitor import Form, Page, Visitor
from tests.simulators.stage import CLIENT, SIMULATORS, Stage

OPERATOR: Final = "tmoney-online"
ONLINE: Final = f"{SIMULATORS}/{OPERATOR}/online/online.php"
MERCHANT: Final = "1234567890123456"
PURCHASEREF: Final = "CMD77-9f86d081884c7d659a2feaa0c55ad015"


def number(last_two: str = "01") -> str:
    """A wallet whose number ends so."""
    return f"228901122{last_two}"


@dataclass
class Shop:
    """The merchant's server, and the browser of one payer."""

    stage: Stage
    browser: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Visitor(self.stage.network)

    async def open(self, **settings: object) -> None:
        """Tell the operator where to notify, and how to serve us."""
        content = {"callback_url": f"{CLIENT}/notify", "settings": settings}
        await self.stage.control("PUT", f"credentials/{OPERATOR}/cross", content)

    async def session(self, merchantid: str = MERCHANT) -> str:
        """The operator's answer to a session request."""
        path = f"/{OPERATOR}/online/online.php?merchantid={merchantid}"
        answer = await self.stage.send("GET", path)
        assert answer.status == 200
        return answer.body.decode("ascii")

    async def hand_over(self, **changed: str | None) -> Page:
        """The browser posts the order form; a field that is None is left out."""
        sessionid = changed.pop("sessionid", "") or (await self.session()).removeprefix("OK:")
        return await self.browser.post(ONLINE, form(sessionid, **changed))

    async def press(self, action: str, **typed: str) -> Page:
        """Fill the form in and press one of its buttons."""
        return await self.browser.submit(self.asked(), typed, press=action)

    async def code(self, last_two: str = "01") -> str:
        """The code in the latest SMS on the payer's handset."""
        handset = await self.stage.control("GET", f"handsets/{number(last_two)}")
        texts = [sms["text"] for sms in handset["sms"] if "code" in sms["text"]]
        words: list[str] = texts[-1].split()
        return next(word for word in words if len(word) == 6 and word.isdigit())

    async def to_the_code(self, last_two: str = "01") -> Page:
        """From the order to the page that asks for the code."""
        await self.hand_over()
        return await self.press("continue", phone=number(last_two), pin="1234")

    async def pay(self, last_two: str = "01") -> Page:
        """From the order to the code sent back, with everything right."""
        await self.to_the_code(last_two)
        page = await self.press("pay", otp=await self.code(last_two))
        await self.stage.settle()
        return page

    def asked(self) -> Form:
        """The form on the page."""
        found = self.browser.page.forms
        assert len(found) == 1, self.browser.page
        return found[0]

    @property
    def place(self) -> str:
        """Which of the shop's own pages the browser stands at, or the operator's."""
        page = self.browser.page.url
        return page.removeprefix(CLIENT) if page.startswith(CLIENT) else "the operator's"

    @property
    def told(self) -> list[dict[str, str]]:
        """The notifications, each with its fields in order."""
        return [
            dict(parse_qsl(call.query.decode(), keep_blank_values=True))
            for call in self.stage.listener.calls
            if call.path == "/notify"
        ]

    @property
    def verdicts(self) -> list[tuple[str, str]]:
        """Status and error of each notification."""
        return [(told["status"], told["error"]) for told in self.told]

    async def moved(self) -> list[tuple[str, int]]:
        """What the operator really moved for the order."""
        movements = await self.stage.journal(operator=OPERATOR, reference=PURCHASEREF)
        return [(movement["msisdn"], movement["amount"]) for movement in movements]

    async def wallet(self, last_two: str = "01") -> dict[str, Any]:
        """The payer's wallet."""
        return await self.stage.control("GET", f"wallets/{OPERATOR}/{number(last_two)}")


def form(sessionid: str, **changed: str | None) -> dict[str, str]:
    """The thirteen fields but for the phone, which the payer types."""
    fields: dict[str, str | None] = {
        "sessionid": sessionid,
        "merchantid": MERCHANT,
        "amount": "1500",
        "currency": "952",
        "purchaseref": PURCHASEREF,
        "brand": "BOUTIQUE AFI",
        "description": "Commande 77",
        "accepturl": f"{CLIENT}/accept",
        "declineurl": f"{CLIENT}/decline",
        "cancelurl": f"{CLIENT}/cancel",
        "text": "Merci de votre confiance",
        "language": "fr",
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}
