"""Somebody with a phone, who walks the page of any operator as far as he cares to."""

import re
from dataclasses import dataclass, field
from typing import Final

from cross.cli.visitor import Form, Lost, Page, Visitor
from cross.domain.operator import HandOver
from cross.outbound import NoAnswer
from tests.operators.scene import Scene

PIN: Final = "1234"  # sandbox.md section 2
ONWARDS: Final = ("pay", "confirm", "continue")
CANCEL: Final = "cancel"
PAGES_MAX: Final = 6
_CODE: Final = re.compile(r"\b[0-9]{6}\b", re.ASCII)


@dataclass
class Payer:
    """The payer whose number ends in `last_two`; the number decides how his payment goes."""

    scene: Scene
    last_two: str = "01"
    pin: str = PIN
    browser: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Visitor(self.scene.stage.network)

    @property
    def msisdn(self) -> str:
        """His number, as the operator's simulator knows it."""
        return self.scene.request(self.last_two).named_wallet.digits

    async def walk(
        self, way: HandOver, *, pages: int = PAGES_MAX, leave_by: str | None = None
    ) -> None:
        """Fills in so many pages, then closes the browser or presses a button to leave.

        A page that never comes ends the walk, as it would for anybody.
        """
        try:
            await self._arrive(way)
            for _ in range(pages):
                form = self._form(*ONWARDS)
                if form is None:
                    break
                await self._fill_in(form)
            if leave_by is not None and (form := self._form(leave_by)):
                await self.browser.submit(form, {}, press=leave_by)
        except (NoAnswer, Lost):
            pass
        await self.scene.stage.settle()

    async def _arrive(self, way: HandOver) -> Page:
        if way.method == "POST":
            return await self.browser.post(way.url, dict(way.fields))
        return await self.browser.open(way.url)

    def _form(self, *buttons: str) -> Form | None:
        for form in self.browser.page.forms:
            if {value for _, value in form.buttons} & set(buttons):
                return form
        return None

    async def _fill_in(self, form: Form) -> None:
        typed: dict[str, str] = {}
        if "phone" in form.fields:
            typed["phone"] = self.msisdn
        if "pin" in form.fields:
            typed["pin"] = self.pin
        if "otp" in form.fields:
            typed["otp"] = await self._code()
        values = [value for _, value in form.buttons]
        press = next(one for one in ONWARDS if one in values)
        await self.browser.submit(form, typed, press=press)

    async def _code(self) -> str:
        """The code in the latest SMS; none that is right where none came."""
        handset = await self.scene.stage.control("GET", f"handsets/{self.msisdn}")
        codes = [code for sms in handset["sms"] for code in _CODE.findall(sms["text"])]
        return codes[-1] if codes else "000000"
