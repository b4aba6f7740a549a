"""Who has shown a key is known at the door, where strangers wait their turn (F-R03, S-API-11)."""

import pytest

from cross.api.app import create_app
from cross.capacity import Capacity
from cross.inbound.guests import Guests
from tests.api.till import Till
from tests.inbound.door import door_to, request


@pytest.mark.parametrize(
    ("target", "authorization", "status", "is_known"),
    [
        ("/openapi.json", "Bearer {secret}", 200, False),
        ("/v1/operators", "Bearer sk_test_nobodys", 401, False),
        ("/v1/operators", "Bearer {secret}", 200, True),
        ("/v1/transfers/trf_0", "Bearer {secret}", 404, True),
        ("/callbacks/tmoney/guessed", "", 404, False),
        ("/callbacks/tmoney/{token}", "", 200, True),
    ],
)
def test_an_address_is_known_by_a_key_that_is_one(
    till: Till, target: str, authorization: str, status: int, *, is_known: bool
) -> None:
    told = {"secret": till.secret, "token": till.switch.callback_tokens["tmoney"]}
    asked = request(target.format(**told), f"Authorization: {authorization.format(**told)}")

    async def scenario() -> tuple[int, bool]:
        guests = Guests(Capacity(local_connections=False))
        async with door_to(create_app(till.switch), guests=guests) as door:
            client = await door.client()
            client.say(asked)
            return (await client.answer())[0], guests.knows("127.0.0.1")

    assert till.run(scenario()) == (status, is_known)
