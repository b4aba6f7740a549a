"""What the house tells of itself: operators that are down and up again, and floats that are low.

Each change is told once, whichever of several processes sees it, to every merchant that hears of
the house.
"""

from cross.domain.accounts import float_at
from cross.domain.ids import EVENT
from cross.storage import events as stored
from cross.storage import ledger
from cross.storage.events import HouseNews
from cross.switch.switch import Switch, log
from cross.switch.views import View, encoded, rfc3339

UP, DOWN = "up", "down"
LOW, ENOUGH = "low", "enough"


async def look(switch: Switch) -> None:
    """Tells what has changed since the last look."""
    told = dict(await stored.house_states(switch.store))
    for operator in switch.profiles:
        await _look_at_operator(switch, operator, told.get(operator_object(operator), UP))
    if switch.settings.float_low:
        await _look_at_floats(switch, told)


def operator_object(operator: str) -> str:
    """The id of an operator, as events tell of it."""
    return f"operator:{operator}"


def float_object(operator: str) -> str:
    """The id of the float at an operator, as events tell of it."""
    return f"float:{operator}"


async def _look_at_operator(switch: Switch, operator: str, told: str) -> None:
    """Up again is only what has answered: a process that has just begun knows nothing yet."""
    health = switch.health
    if told == UP and health.of(operator) == DOWN:
        await _tell(switch, operator_object(operator), DOWN, operator_view(switch, operator, DOWN))
    elif told == DOWN and health.answers(operator):
        await _tell(switch, operator_object(operator), UP, operator_view(switch, operator, UP))


async def _look_at_floats(switch: Switch, told: dict[str, str]) -> None:
    balances = {line.account: line.natural for line in await ledger.balances(switch.store)}
    for operator, least in switch.settings.float_low.items():
        profile = switch.profiles.get(operator)
        if profile is None:
            continue
        held = balances.get(float_at(operator, profile.currency), 0)
        state = LOW if held < least else ENOUGH
        if state == told.get(float_object(operator), ENOUGH):
            continue
        view: View = {
            "id": float_object(operator),
            "object": "float",
            "livemode": switch.settings.livemode,
            "status": state,
            "operator": operator,
            "balance": {"amount": held, "currency": profile.currency.code},
            "threshold": {"amount": least, "currency": profile.currency.code},
            "created_at": rfc3339(switch.clock()),
        }
        await _tell(switch, float_object(operator), state, view)


def operator_view(switch: Switch, operator: str, health: str) -> View:
    """An operator as events tell of it."""
    profile = switch.profiles[operator]
    return {
        "id": operator_object(operator),
        "object": "operator",
        "livemode": switch.settings.livemode,
        "name": operator,
        "title": profile.title,
        "country": profile.country.code,
        "currency": profile.currency.code,
        "health": health,
        "created_at": rfc3339(switch.clock()),
    }


async def _tell(switch: Switch, name: str, state: str, view: View) -> None:
    """A float that is high enough again is noted and not told: api.md has no word for it."""
    hearers = () if state == ENOUGH else await stored.hearers(switch.store)
    news = HouseNews(
        object=name,
        state=state,
        type=f"{view['object']}.{state}",
        body=encoded(view),
        at=switch.clock(),
        told=tuple((switch.new_id(EVENT), merchant) for merchant in hearers),
        at_rest=state in (UP, ENOUGH),
    )
    await switch.recorder.record(news)
    log.warning("house_turned", object=name, state=state)
