"""A backup as a file: encrypted as it is written, so that nothing readable leaves the machine.

The key is derived from the master key, with a salt of the file's own; the master key is never in
the file. Every piece is sealed with its number and with whether it is the last one: none can be
altered, left out, moved or cut off unnoticed.
"""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cross.domain.ids import RandomBits
from cross.sealing import KEY_BYTES, MasterKeys

MAGIC: Final = b"CROSS-BACKUP-1\n"
PIECE_BYTES: Final = 1 << 20
SALT_BITS: Final = 256
_HEADER_BYTES_MAX: Final = 4096
_PURPOSE: Final = b"cross backup"
_SIZE: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">IQ")  # 96 bits: no two pieces of a file, whose key is its own


class BackupRefused(Exception):
    """The file is no backup, is not whole, or is of a master key that is not there."""


def write_backup(
    source: BinaryIO,
    target: BinaryIO,
    *,
    masters: MasterKeys,
    about: Mapping[str, Any],
    random_bits: RandomBits,
) -> int:
    """Encrypts all there is to read; how many bytes that was."""
    salt = random_bits(SALT_BITS).to_bytes(SALT_BITS // 8, "big")
    header = json.dumps({**about, "master_key": masters.current, "salt": salt.hex()}).encode()
    target.write(MAGIC + _SIZE.pack(len(header)) + header)
    cipher = AESGCM(_key_of(masters.keys[masters.current], salt))
    total, number, piece = 0, 0, source.read(PIECE_BYTES)
    while True:
        following = source.read(PIECE_BYTES)
        sealed = cipher.encrypt(_nonce(number, is_last=not following), piece, header)
        target.write(_SIZE.pack(len(sealed)) + sealed)
        total += len(piece)
        if not following:
            return total
        number, piece = number + 1, following


def read_about(source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """What a backup says of itself, and that as it was sealed; raises `BackupRefused`."""
    if source.read(len(MAGIC)) != MAGIC:
        raise BackupRefused("this is no backup of Cross")
    header = source.read(_size(source, most=_HEADER_BYTES_MAX))
    try:
        about = json.loads(header)
    except ValueError:
        raise BackupRefused("the backup's beginning is not readable") from None
    if not isinstance(about, dict):
        raise BackupRefused("the backup's beginning is not readable")
    return about, header


def read_backup(source: BinaryIO, target: BinaryIO, *, masters: MasterKeys) -> dict[str, Any]:
    """Decrypts all of it; what it says of itself. Raises `BackupRefused`."""
    about, header = read_about(source)
    name = str(about.get("master_key"))
    if name not in masters.keys:
        raise BackupRefused(f"it is encrypted under master key {name!r}, which is not there")
    try:
        cipher = AESGCM(_key_of(masters.keys[name], bytes.fromhex(str(about.get("salt")))))
        target.writelines(_pieces(source, cipher, header))
    except (InvalidTag, ValueError):
        raise BackupRefused("the backup was altered, cut off, or is of another key") from None
    return about


def written_whole(path: Path, write: Callable[[BinaryIO], int]) -> int:
    """Writes a file that only its owner reads, whole or not at all; what `write` returned."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with part.open("wb") as target:
            size = write(target)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size


def _pieces(source: BinaryIO, cipher: AESGCM, header: bytes) -> Iterator[bytes]:
    number, sealed = 0, source.read(_size(source, most=PIECE_BYTES + 16))
    while True:
        size = source.read(_SIZE.size)
        yield cipher.decrypt(_nonce(number, is_last=not size), sealed, header)
        if not size:
            return
        number, sealed = number + 1, source.read(_SIZE.unpack(size.ljust(4, b"\0"))[0])


def _size(source: BinaryIO, *, most: int) -> int:
    raw = source.read(_SIZE.size)
    size = int(_SIZE.unpack(raw)[0]) if len(raw) == _SIZE.size else most + 1
    if size > most:
        raise BackupRefused("the backup is cut off")
    return size


def _nonce(number: int, *, is_last: bool) -> bytes:
    return _NONCE.pack(int(is_last), number)


def _key_of(master: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, _PURPOSE).derive(master)
