"""Sealing: secrets at rest, opened only where they are used (money-safety.md, S-SEC-01 to 03).

A secret is encrypted with a data key of its own, and that key with a master key that lives in a
file beside the database, never in it. What is sealed names its record: moved to another row, it
does not open. Master keys have names, so that old ones can be read while a new one takes over.
"""

import base64
import fcntl
import hmac
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cross.domain.ids import RandomBits

KEY_BYTES: Final = 32  # AES-256
NONCE_BYTES: Final = 12  # NIST SP 800-38D, section 8.2: 96 bits
_FORMAT: Final = "s1"
_LINE: Final = re.compile(r"([A-Za-z0-9_-]{1,32}) ([A-Za-z0-9+/]{43}=)", re.ASCII)


class SealingRefused(Exception):
    """What was sealed cannot be opened, or nothing can be sealed: never with the secret in it."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys by name; `current` seals, every one of them opens."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)


class KeyFile:
    """The master keys in a file, read again whenever it was changed: a rotation needs no restart.

    Raises `ValueError` where the file was never readable; one that went bad since changes nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys = read_master_keys(path)
        self._seen = _mark_of(path)

    def keys(self) -> MasterKeys:
        """The keys as the file has them now."""
        mark = _mark_of(self.path)
        if mark is not None and mark != self._seen:
            try:
                self._keys = read_master_keys(self.path)
            except ValueError:
                return self._keys
            self._seen = mark
        return self._keys

    def add(self, name: str, *, random_bits: RandomBits) -> None:
        """Puts a new key first, from now on the one that seals; raises `ValueError`, `OSError`."""
        with self._alone():
            if name in read_master_keys(self.path).keys:
                raise ValueError(f"a master key {name!r} is there already")
            self._write([new_master_key_line(name, random_bits=random_bits), *self._lines()])

    def drop(self, name: str) -> None:
        """Takes a key out that seals nothing any more; raises `ValueError`, `OSError`."""
        with self._alone():
            keys = read_master_keys(self.path)
            if name == keys.current or name not in keys.keys:
                raise ValueError(f"{name!r} is not one of the older master keys")
            self._write([line for line in self._lines() if line.split()[0] != name])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No two changes at once: one would write the file without the other's key, for ever.

        The folder is what is locked, for the file is another one after each change. Raises
        `BlockingIOError` where another process changes it now.
        """
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(folder)

    def _lines(self) -> list[str]:
        return [line for line in self.path.read_text("ascii").splitlines() if line.strip()]

    def _write(self, lines: Sequence[str]) -> None:
        """Whole or not at all, for the same people as before."""
        was = self.path.stat()
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as part:
                part.write("".join(f"{line}\n" for line in lines))
                part.flush()
                os.fchmod(part.fileno(), stat.S_IMODE(was.st_mode))
                os.fchown(part.fileno(), was.st_uid, was.st_gid)
                os.fsync(part.fileno())
            Path(name).replace(self.path)
            _make_lasting(self.path.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


class Seals:
    """Seals and opens secrets; without master keys it refuses both."""

    def __init__(self, masters: MasterKeys | KeyFile | None, *, random_bits: RandomBits) -> None:
        self._source = masters
        self._random_bits = random_bits

    @property
    def file(self) -> KeyFile | None:
        """Where the keys are kept, to be rotated; None where they are not in a file."""
        return self._source if isinstance(self._source, KeyFile) else None

    @property
    def current(self) -> str | None:
        """The name of the master key that seals; None where there is none."""
        return None if self._masters is None else self._masters.current

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all master keys, in the order of their file."""
        return () if self._masters is None else tuple(self._masters.keys)

    @property
    def _masters(self) -> MasterKeys | None:
        return self._source.keys() if isinstance(self._source, KeyFile) else self._source

    def seal(self, secret: bytes, *, record: str) -> str:
        """The secret as text to be stored; `record` names its row. Raises `SealingRefused`."""
        masters = self._required()
        data_key = self._bytes(KEY_BYTES)
        wrapped = self._encrypt(masters.keys[masters.current], data_key, record)
        return ".".join(
            (_FORMAT, masters.current, wrapped, self._encrypt(data_key, secret, record))
        )

    def open(self, sealed: str, *, record: str) -> bytes:
        """The secret; raises `SealingRefused` where it is another row's, altered, or unreadable."""
        name, wrapped, content = _parts_of(sealed)
        data_key = _decrypt(self._key(name), wrapped, record)
        return _decrypt(data_key, content, record)

    def sealed_again(self, sealed: str, *, record: str) -> str:
        """The same secret under the current master key; unchanged where it is already."""
        name, wrapped, content = _parts_of(sealed)
        masters = self._required()
        if name == masters.current:
            return sealed
        data_key = _decrypt(self._key(name), wrapped, record)
        again = self._encrypt(masters.keys[masters.current], data_key, record)
        return ".".join((_FORMAT, masters.current, again, content))

    def admin_tokens(self) -> tuple[str, ...]:
        """What an admin shows: one a master key, the current one's first; none without keys."""
        return () if self._masters is None else admin_tokens(self._masters)

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Keys for another use, one a master key, the current one's first; none without keys."""
        masters = self._masters
        if masters is None:
            return ()
        others = (key for name, key in masters.keys.items() if name != masters.current)
        return tuple(
            hmac.digest(key, purpose.encode(), "sha256")
            for key in (masters.keys[masters.current], *others)
        )

    def _required(self) -> MasterKeys:
        if self._masters is None:
            raise SealingRefused("no master key: master_key_file names none")
        return self._masters

    def _key(self, name: str) -> bytes:
        try:
            return self._required().keys[name]
        except KeyError:
            raise SealingRefused(f"sealed under master key {name!r}, which is not there") from None

    def _encrypt(self, key: bytes, secret: bytes, record: str) -> str:
        nonce = self._bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, secret, record.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def _bytes(self, count: int) -> bytes:
        return self._random_bits(count * 8).to_bytes(count, "big")


def read_master_keys(file: Path) -> MasterKeys:
    """The keys of a file, a line each: `name base64`, the current first; raises `ValueError`."""
    try:
        lines = [line for line in file.read_text("ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"master_key_file: {file} cannot be read ({error})") from None
    return _master_keys(lines, file)


def is_readable_by_others(file: Path) -> bool:
    """Whether anybody but its owner may read the file: 0400 and 0600 are what is wanted."""
    return bool(file.stat().st_mode & 0o077)


def master_key_of(sealed: str) -> str:
    """The name of the master key that something is sealed under; raises `SealingRefused`."""
    return _parts_of(sealed)[0]


def sealed_under(name: str) -> str:
    """What everything that is sealed under that master key begins with."""
    return f"{_FORMAT}.{name}."


def admin_tokens(masters: MasterKeys) -> tuple[str, ...]:
    """What proves that one can read the master keys, without telling them."""
    return tuple(
        f"adm_{hmac.new(key, b'cross admin', 'sha256').hexdigest()}"
        for key in (masters.keys[masters.current], *masters.keys.values())
    )


def new_master_key_line(name: str, *, random_bits: RandomBits) -> str:
    """A line of a master key file, with a key that nobody has seen."""
    key = random_bits(KEY_BYTES * 8).to_bytes(KEY_BYTES, "big")
    return f"{name} {base64.b64encode(key).decode()}"


def _master_keys(lines: Sequence[str], file: Path) -> MasterKeys:
    found: dict[str, bytes] = {}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] in found:
            raise ValueError(f"master_key_file: {file} is not lines of `name base64` each")
        found[match[1]] = base64.b64decode(match[2])
    if not found:
        raise ValueError(f"master_key_file: {file} holds no key")
    return MasterKeys(next(iter(found)), found)


def _make_lasting(folder: Path) -> None:
    """What a folder holds is so after a power cut, too: nothing is sealed under a key before."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark_of(file: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where it cannot be looked at."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _parts_of(sealed: str) -> tuple[str, str, str]:
    form, *parts = sealed.split(".")
    if form != _FORMAT or len(parts) != 3:  # noqa: PLR2004  name, wrapped key, content
        raise SealingRefused("not a sealed secret")
    name, wrapped, content = parts
    return name, wrapped, content


def _decrypt(key: bytes, sealed: str, record: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], record.encode())
    except (InvalidTag, ValueError):
        raise SealingRefused("a sealed secret does not open: altered, or another row's") from None
