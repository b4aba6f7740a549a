"""The chain's head: signed, sent off this machine on a schedule, and asked for at the start.

A head that is elsewhere proves what the books were: whoever changes them cannot change it (I-34,
S-LOG-04). Nothing of money waits for it.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from cross.domain.chain import Fault, Found, Head
from cross.domain.errors import SwitchUnavailable
from cross.outbound import HttpRequest, NoAnswer, Outbound
from cross.sealing import Seals
from cross.signing import Signature, is_signed, public_keys, signed
from cross.storage import chain as stored
from cross.storage import quarantines
from cross.storage.chain import Shipment
from cross.storage.quarantines import Quarantine, QuarantineBegun
from cross.storage.store import Reader, Store, StoreUnavailable
from cross.switch.switch import Switch

PURPOSE: Final = "cross ledger head"
AGAIN_SECONDS: Final = 60.0
DEADLINE_SECONDS: Final = 15.0
TAIL_BYTES: Final = 64 * 1024
"""More than the last line of a file of heads, by far."""

FILE: Final = "file"
URL: Final = "url"

log = structlog.get_logger("cross.heads")


def view_of(head: Head, signature: Signature | None) -> dict[str, Any]:
    """A head as it is shown and shipped."""
    return {
        "object": "ledger_head",
        "n": head.position,
        "hash": head.hash.hex(),
        "at": head.at,
        "key": None if signature is None else signature.key,
        "signature": None if signature is None else signature.signature,
    }


def head_in(view: Mapping[str, Any]) -> tuple[Head, Signature | None]:
    """The head that was shown or shipped; raises `ValueError` for anything else."""
    try:
        head = Head(int(view["n"]), bytes.fromhex(view["hash"]), str(view["at"]))
        if view.get("signature") is None:
            return head, None
        return head, Signature(str(view["key"]), str(view["signature"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the head of a ledger: {error}") from None


def view_of_found(found: Found) -> dict[str, Any]:
    """What looking at a part of the chain found, as it is shown."""
    return {
        "object": "chain_verification",
        "after": found.after,
        "until": found.until,
        "last": found.last,
        "hash": found.hash.hex(),
        "is_right": found.is_right,
        "faults": [fault._asdict() for fault in found.faults],
    }


def found_in(view: Mapping[str, Any]) -> Found:
    """What was found, from how it is shown."""
    faults = tuple([Fault(**fault) for fault in view["faults"]])
    digest = bytes.fromhex(view["hash"])
    return Found(view["after"], view["until"], digest, view["last"], faults)


def is_genuine(head: Head, signature: Signature | None, keys: tuple[str, ...]) -> bool:
    """Whether one of these keys signed a head."""
    return signature is not None and signature.key in keys and is_signed(head.message(), signature)


async def signed_head(switch: Switch) -> dict[str, Any]:
    """The chain's head as of now, signed where there is a master key."""
    newest = await stored.head_of(switch.store)
    head = newest._replace(at=switch.clock().isoformat())
    return view_of(head, signed(switch.seals, PURPOSE, head.message()))


class Shipper:
    """Sends heads to the places that the settings name, for one process."""

    def __init__(self, switch: Switch, outbound: Outbound) -> None:
        self._switch = switch
        self._outbound = outbound
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """One task a place: none waits for another."""
        wanted = self._switch.settings.chain
        places: list[tuple[str, Callable[[bytes], Awaitable[None]]]] = []
        if wanted.ship_file is not None:
            places.append((FILE, self._append))
        if wanted.ship_to:
            places.append((URL, self._post))
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._keep(place, send), name=f"heads to {place}")
            for place, send in places
        ]

    async def stop(self) -> None:
        """Ends; what was not shipped is at the next start."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep(self, place: str, send: Callable[[bytes], Awaitable[None]]) -> None:
        wait_seconds = 0.0
        while True:
            await asyncio.sleep(wait_seconds)
            try:
                wait_seconds = await self._ship_if_due(place, send)
            except (StoreUnavailable, SwitchUnavailable, NoAnswer, OSError, ValueError) as error:
                failed = self._switch.measures.shipments_failed
                failed[place] = failed.get(place, 0) + 1
                log.warning("head_not_shipped", place=place, error=type(error).__name__)
                wait_seconds = min(AGAIN_SECONDS, self._switch.settings.chain.ship_every_seconds)

    async def _ship_if_due(self, place: str, send: Callable[[bytes], Awaitable[None]]) -> "float":
        """Ships where it is time; how long to wait then."""
        switch, every_seconds = self._switch, self._switch.settings.chain.ship_every_seconds
        if switch.quarantined or not await stored.is_eldest(switch.store, switch.lease.owner):
            return min(AGAIN_SECONDS, every_seconds)
        last = await stored.last_shipped(switch.store, place)
        if last is not None:
            left = (last[0] + timedelta(seconds=every_seconds) - switch.clock()).total_seconds()
            if 0 < left <= every_seconds:
                return left
        view = await signed_head(switch)
        await send(json.dumps(view, separators=(",", ":")).encode())
        digest = bytes.fromhex(view["hash"])
        await switch.recorder_beside.record(Shipment(switch.clock(), place, view["n"], digest))
        log.info("head_shipped", place=place, position=view["n"])
        return every_seconds

    async def _append(self, line: bytes) -> None:
        file = self._switch.settings.chain.ship_file
        if file is not None:
            await self._switch.aside(lambda: append_line(file, line))

    async def _post(self, body: bytes) -> None:
        request = HttpRequest(
            "POST",
            self._switch.settings.chain.ship_to,
            (("Content-Type", "application/json"),),
            body,
            DEADLINE_SECONDS,
        )
        answer = await self._outbound.send(request)
        if answer.status // 100 != 2:  # noqa: PLR2004  RFC 9110, section 15.3: successful
            raise ValueError(f"the place of heads answered {answer.status}")


def append_line(file: Path, line: bytes) -> None:
    """Adds a line to a file, lasting once it returns; raises `OSError`."""
    with file.open("ab") as heads:
        heads.write(line + b"\n")
        heads.flush()
        os.fsync(heads.fileno())


def last_head_in(file: Path, keys: tuple[str, ...]) -> Head | None:
    """The last head of a file that one of these keys signed; None where there is none."""
    try:
        with file.open("rb") as heads:
            heads.seek(max(0, file.stat().st_size - TAIL_BYTES))
            lines = heads.read().splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        try:
            head, signature = head_in(json.loads(line))
        except ValueError:
            continue  # cut off by a crash, or somebody else's
        if is_genuine(head, signature, keys):
            return head
    return None


async def difference(reader: Reader, head: Head) -> str | None:
    """Why a head is not one of these books'; None where it is."""
    newest = await stored.head_of(reader)
    if newest.position < head.position:
        return (
            f"a head of position {head.position} was shipped at {head.at}; these books end at"
            f" {newest.position}: a standby that was behind, or an old copy"
        )
    if head.position == 0:
        return None
    item = await stored.item_at(reader, head.position)
    if item is None or item.hash != head.hash:
        return (
            f"the head of position {head.position} that was shipped at {head.at} is another than"
            " the books': what came before it was changed"
        )
    return None


async def require_shipped(store: Store, seals: Seals, *, file: Path | None, now: datetime) -> None:
    """Puts books in quarantine that lack what they had when their last head was shipped (F-D08).

    A head from before a person released these books is not asked for again.
    """
    if file is None:
        return
    head = last_head_in(file, public_keys(seals, PURPOSE))
    if head is None:
        log.warning("no_head_to_compare", file=str(file))
        return
    last = await quarantines.newest(store)
    if last is not None and _answers_for(last, head):
        return
    try:
        reason = await difference(store, head)
    except ValueError as error:
        reason = f"the chain cannot be read at position {head.position}: {error}"
    if reason is not None:
        log.error("books_quarantined", reason=reason)
        newest = await stored.head_of(store)
        of = datetime.fromisoformat(newest.at) if newest.at else now
        await store.record([QuarantineBegun(now, of, reason)])


def _answers_for(last: Quarantine, head: Head) -> bool:
    """Whether a person has looked, or has to look, at what a head says."""
    if last.released_at is None:
        return True
    return last.released_at >= datetime.fromisoformat(head.at)
