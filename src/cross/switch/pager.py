"""Pages: each turn of an alarm, POSTed to whoever is to be woken, until it is taken.

Nothing is lost by a receiver that is away: what was not taken is sent again at the next look. The
signature is a webhook's (Standard Webhooks), its key made of the master key: `cross alarms key`.
"""

from typing import Final

from cross.domain.errors import SwitchUnavailable
from cross.domain.ids import EVENT
from cross.domain.webhook import signatures
from cross.outbound import HttpRequest, NoAnswer
from cross.storage import alarms as stored
from cross.storage.alarms import AlarmState, AlarmTold, AlarmTurned
from cross.storage.store import StoreUnavailable
from cross.switch import in_time
from cross.switch.switch import Switch, log
from cross.switch.views import encoded, rfc3339
from cross.switch.webhooks import headers_of

DEADLINE_SECONDS: Final = 10.0
_TAKEN: Final = range(200, 300)


def keys_of(switch: Switch) -> tuple[bytes, ...]:
    """What signs a page, one key a master key, the current one's first; none without keys."""
    return switch.seals.derived("cross pages")


async def deliver(switch: Switch) -> None:
    """Sends what nobody has taken yet, the oldest first; one delivery at a time."""
    if not switch.settings.watch.alarm_url or switch.door is None or switch.is_paging:
        return
    switch.is_paging = True
    try:
        for alarm in await stored.untold(switch.store):
            if not await _taken(switch, alarm):
                return
            told = AlarmTold(alarm.name, alarm.subject, alarm.turned_at, switch.clock())
            await in_time.record(switch.recorder_beside, told)
    except (StoreUnavailable, SwitchUnavailable):
        log.warning("pages_not_sent")  # sent at the next look
    finally:
        switch.is_paging = False


async def tell_at_once(switch: Switch, turned: AlarmTurned) -> bool:
    """A page of what the books cannot take now; whether somebody took it, or nobody is to."""
    if not switch.settings.watch.alarm_url or switch.door is None:
        return True
    alarm = AlarmState(
        turned.name, turned.subject, turned.state, turned.detail, 1, turned.at, told_at=None
    )
    return await _taken(switch, alarm)


async def _taken(switch: Switch, alarm: AlarmState) -> bool:
    at = switch.clock()
    name = switch.new_id(EVENT)
    body = encoded(
        {
            "type": f"alarm.{alarm.state}",
            "name": alarm.name,
            "subject": alarm.subject,
            "detail": alarm.detail,
            "times": alarm.times,
            "at": rfc3339(alarm.turned_at),
            "livemode": switch.settings.livemode,
        }
    ).encode()
    signed = signatures(keys_of(switch), name, at_seconds=int(at.timestamp()), body=body)
    headers = headers_of(name, at=at, signature=signed)
    url = switch.settings.watch.alarm_url
    request = HttpRequest("POST", url, headers, body, deadline_seconds=DEADLINE_SECONDS)
    door = switch.door
    try:
        answer = None if door is None else await door.send(request)
    except NoAnswer as silence:
        log.warning("page_not_taken", alarm=alarm.name, because=silence.detail)
        return False
    if answer is None or answer.status not in _TAKEN:
        log.warning("page_not_taken", alarm=alarm.name, status=answer and answer.status)
        return False
    return True
