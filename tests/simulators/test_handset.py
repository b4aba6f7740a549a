"""A phone in a page: it shows what is on it, and takes a PIN with a script or without."""

import re
from html import unescape
from urllib.parse import urlencode

from tests.simulators import flooz_client, tmoney_client
from tests.simulators.stage import IN_A_SECOND, Stage, play

PERSON = "22890112200"
FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Host", "phone.example"))


async def page(stage: Stage, path: str) -> str:
    response = await stage.send("GET", path)
    assert response.status == 200
    return response.body.decode()


async def press(stage: Stage, **typed: str) -> tuple[int, str]:
    body = urlencode(typed).encode()
    response = await stage.send("POST", f"/handset/{PERSON}", body, FORM)
    return response.status, response.body.decode()


def prompt_on(html: str) -> str:
    found = re.search(r'name="prompt" value="([^"]+)"', html)
    assert found is not None
    return unescape(found[1])


def test_a_phone_shows_its_prompt_its_balance_and_its_messages() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PERSON)
        html = await page(stage, f"/handset/{PERSON}")
        assert "vous demande 1500 XOF" in html
        assert "1\u00a0000\u00a0000" in html

        status, _ = await press(stage, prompt=prompt_on(html), action="approve", pin="1234")
        assert status == 303
        html = await page(stage, f"/handset/{PERSON}?lang=en")
        assert "Vous avez paye 1 500 XOF" in html
        assert 'name="prompt"' not in html

    play(act, IN_A_SECOND)


def test_a_wrong_pin_on_the_page_leaves_two_tries_and_moves_nothing() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PERSON)
        html = await page(stage, f"/handset/{PERSON}")
        status, html = await press(stage, prompt=prompt_on(html), action="approve", pin="0000")
        assert status == 200
        assert "Essais restants : 2" in html
        assert await stage.journal() == []

    play(act, IN_A_SECOND)


def test_a_refusal_on_the_page_ends_the_prompt() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PERSON)
        html = await page(stage, f"/handset/{PERSON}")
        prompt = prompt_on(html)
        assert (await press(stage, prompt=prompt, action="refuse"))[0] == 303
        assert (await press(stage, prompt=prompt, action="refuse"))[0] == 404
        assert await stage.journal() == []

    play(act, IN_A_SECOND)


def test_what_a_client_writes_in_its_prompt_is_text_and_nothing_else() -> None:
    async def act(stage: Stage) -> None:
        asked = {**flooz_client.order("R1", "22896112200", 1500), "mrchname": "<script>alert(1)"}
        await flooz_client.post(stage, f"{flooz_client.L1}/debit", asked)
        html = await page(stage, "/handset/22896112200")
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html

    play(act, IN_A_SECOND)


def test_the_page_loads_nothing_from_anywhere_and_runs_its_own_script_only() -> None:
    async def act(stage: Stage) -> None:
        response = await stage.send("GET", f"/handset/{PERSON}")
        headers = dict(response.headers)
        policy = headers["content-security-policy"]
        nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
        assert nonce is not None
        assert policy.startswith("default-src 'none'")
        html = response.body.decode()
        assert html.count("<script nonce=") == html.count(f'<script nonce="{nonce[1]}"') == 1
        assert not re.search(r"(src|href)=\"?https?:", html)
        assert headers["cache-control"] == "no-store"

    play(act, IN_A_SECOND)


def test_what_is_no_phone_number_has_no_phone() -> None:
    async def act(stage: Stage) -> None:
        assert (await stage.send("GET", "/handset/<b>")).status == 422
        assert (await stage.send("GET", "/handset/")).status == 422

    play(act, IN_A_SECOND)


def test_every_open_prompt_is_listed_with_its_phone_the_oldest_first() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PERSON)
        await flooz_client.debit(stage, "R2", "22896112200")
        found = (await stage.control("GET", "prompts"))["data"]
        assert [one["msisdn"] for one in found] == [PERSON, "22896112200"]

    play(act, IN_A_SECOND)
