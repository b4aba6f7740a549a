"""The directory: what this process knows of merchants and of keys without asking the books.

One number in the books rises with every change of a merchant, a key, a limit or a fee. Every
process reads it about once a second and, where it has risen, all that it had in memory: so that a
key that was revoked here opens nothing here from that moment on, and nothing anywhere a moment
later. Who is not in the directory is active, and is bounded and charged as the house says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cross.domain.merchant import MerchantSuspended
from cross.settings import FeeSettings
from cross.storage import api_keys, merchants
from cross.storage.api_keys import Caller, KeysUsed
from cross.storage.store import Reader
from cross.switch.fees import Schedules, fee_schedules

NOTED_EVERY: Final = timedelta(minutes=1)
"""A key's last use is written at most so often, however often it is used."""


class Directory:
    """Merchants that differ from the rest, and keys that were used, in memory."""

    def __init__(self) -> None:
        self.suspended: dict[str, bool] = {}
        self.limits: Mapping[str, Mapping[str, int]] = {}
        self.fees: Mapping[str, Schedules] = {}
        self.version = 0
        self._callers: dict[str, Caller] = {}
        self._known_once: dict[str, None] = {}
        self._used: dict[str, None] = {}
        self._noted_at: dict[str, datetime] = {}

    def caller(self, secret_hash: str) -> Caller | None:
        """The holder of a key that was used before; notes that it is used again."""
        known = self._callers.get(secret_hash)
        if known is not None:
            self._used[known.key] = None
        return known

    async def look_up(self, reader: Reader, secret_hash: str, *, at: datetime) -> Caller | None:
        """The holder of a key as the books have it, remembered from then on."""
        while True:
            version = self.version
            found = await api_keys.by_secret_hash(reader, secret_hash, at=at)
            if version == self.version:  # else it may have been revoked while we were reading
                break
        self._known_once.pop(secret_hash, None)
        if found is not None:
            self._callers[secret_hash] = found
            self._used[found.key] = None
        return found

    def forget(self, secret_hash: str) -> None:
        """Asks the books again when the key is used next."""
        self._callers.pop(secret_hash, None)

    def was_known(self, secret_hash: str) -> bool:
        """Whether it was somebody's key when the books were last asked: using it is no guess."""
        return secret_hash in self._known_once

    def require_active(self, merchant: str) -> None:
        """Raises `MerchantSuspended`."""
        if merchant in self.suspended:
            raise MerchantSuspended

    async def refresh(self, reader: Reader) -> bool:
        """Reads what has changed, where anything has; whether it had."""
        version = await merchants.directory_version(reader)
        if version == self.version:
            return False
        suspended = await merchants.suspended(reader)
        limits = await merchants.limits(reader)
        fees = await merchants.fees(reader)
        self.suspended = dict.fromkeys(suspended, True)
        self.limits = limits
        self.fees = {
            merchant: fee_schedules(map(FeeSettings.model_validate_json, schedules))
            for merchant, schedules in fees.items()
        }
        self.version = version
        self._known_once.update(dict.fromkeys(self._callers))
        self._callers.clear()
        return True

    def uses_to_note(self, *, at: datetime) -> KeysUsed | None:
        """The keys used since the last look whose last use is worth a write."""
        due = [
            key
            for key in self._used
            if key not in self._noted_at or at - self._noted_at[key] >= NOTED_EVERY
        ]
        if not due:
            return None
        for key in due:
            self._noted_at[key] = at
            del self._used[key]
        return KeysUsed(tuple(due), at)
