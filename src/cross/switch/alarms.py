"""Alarms: what is wrong now, told once when it begins and once when it ends (S-LOG-05).

Each is a line in the log under a stable name, a row, a number in the metrics, and a page to
`watch.alarm_url` where there is one (`cross.switch.pager`).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from cross.domain.errors import SwitchUnavailable
from cross.storage.alarms import CLEARED, RAISED, AlarmState, AlarmTurned
from cross.storage.store import Saved
from cross.switch import in_time, pager
from cross.switch.switch import Switch, log
from cross.switch.views import View, rfc3339

ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "safety_stop": "A safety stop is in force: the subject is where, and why.",
        "unknown_old": "A request's outcome has been unknown for more than five minutes.",
        "stuck": "A movement has been open for half an hour and nobody owns it.",
        "open_too_long": "A movement is older than 24 hours.",
        "overdue": "What a person had to decide is past its deadline.",
        "breaks_open": "The books and an operator differ, and nobody has closed it.",
        "events_gap": "Events of an object are not numbered without a gap, or are not all there.",
        "final_under_way": "A movement is final, and something of it is still being done.",
        "float_overdrawn": "More is promised at an operator than its float holds.",
        "float_low": "A float is below its threshold.",
        "float_differs": "The operator's own figure and our float differ.",
        "signature_failures": "Callbacks come that are not what they say, one after the other.",
        "clock_skew": "This machine's clock and the database's differ.",
        "disk": "The disk of the books is filling up.",
        "wal": "The write-ahead log grows: a reader does not end.",
        "backup_old": "The newest backup is too old, or there is none.",
        "replication": "The database has a standby that is not synchronous, or lags.",
        "task_failing": "The same piece of work failed five times in a row.",
        "beneficiary": "One wallet is paid far more often than any other should be.",
        "watch_blind": "The watch cannot read the books.",
    }
)
"""Every alarm's name, for ever, and what it says."""


class Alarm(NamedTuple):
    """An alarm: what, about what, and the words for a person."""

    name: str
    subject: str = ""
    detail: str = ""


async def turn(switch: Switch, alarm: Alarm, *, raised: bool) -> bool:
    """Raises or clears an alarm; whether that was news. What cannot be written is told as well."""
    state = RAISED if raised else CLEARED
    turned = AlarmTurned(alarm.name, alarm.subject, state, alarm.detail, switch.clock())
    try:
        verdict = await in_time.record(switch.recorder_beside, turned)
    except SwitchUnavailable:
        log.warning("alarm_not_kept", alarm=alarm.name, subject=alarm.subject, state=state)
        if raised:
            await _tell_unkept(switch, turned)
        return False
    was_told = switch.unkept_alarms.pop(alarm[:2], None) is not None
    if verdict != Saved(fresh=True):
        return False
    if raised and not was_told:
        log.error("alarm_raised", alarm=alarm.name, subject=alarm.subject, detail=alarm.detail)
    elif not raised:
        log.warning("alarm_cleared", alarm=alarm.name, subject=alarm.subject)
    switch.spawn(pager.deliver(switch))
    return True


def end_unkept(switch: Switch, *, names: Collection[str], but: Collection[tuple[str, str]]) -> None:
    """Of alarms that never came into the books, those that are over."""
    for name, subject in list(switch.unkept_alarms):
        if name in names and (name, subject) not in but:
            del switch.unkept_alarms[name, subject]
            log.warning("alarm_cleared", alarm=name, subject=subject)


async def _tell_unkept(switch: Switch, turned: AlarmTurned) -> None:
    """Once in the log, and to whoever is to be woken until it is taken: no row holds it."""
    key = turned.name, turned.subject
    if key not in switch.unkept_alarms:
        switch.unkept_alarms[key] = False
        log.error("alarm_raised", alarm=turned.name, subject=turned.subject, detail=turned.detail)
    if not switch.unkept_alarms[key]:
        switch.unkept_alarms[key] = await pager.tell_at_once(switch, turned)


def alarm_view(alarm: AlarmState) -> View:
    """An alarm as a person who runs Cross gets it."""
    return {
        "object": "alarm",
        "name": alarm.name,
        "subject": alarm.subject,
        "status": alarm.state,
        "means": ALARMS.get(alarm.name, ""),
        "detail": alarm.detail,
        "times": alarm.times,
        "turned_at": rfc3339(alarm.turned_at),
        "told_at": None if alarm.told_at is None else rfc3339(alarm.told_at),
    }
