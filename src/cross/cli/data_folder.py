"""Where a sandbox keeps its books and its keys, so that it goes on where it stopped."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cross.cli.screen import Failed
from cross.clock import system_clock
from cross.domain.ids import API_KEY, MERCHANT, new_id
from cross.sealing import new_master_key_line
from cross.switch.keys import new_secret

KEYS_FILE: Final = "sandbox.json"
BOOKS_FILE: Final = "cross.db"
MASTER_KEY_FILE: Final = "master.key"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The demo merchant and what it takes to speak for it; test keys, and nobody's money."""

    merchant: str
    key_id: str
    api_key: str
    callback_secret: str


@contextmanager
def data_folder(kept: Path | None) -> Iterator[Path]:
    """The folder asked for, made where it is missing; or one that is gone at the end."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="cross-sandbox-") as fresh:
            yield Path(fresh)
        return
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=kept):
            pass
    except OSError as error:
        raise Failed(
            fr=f"le dossier {kept} ne peut pas servir ({error.strerror}) : --data-dir",
            en=f"the folder {kept} cannot be used ({error.strerror}): --data-dir",
        ) from None
    yield kept.resolve()


def keys_in(folder: Path) -> Keys:
    """The keys of the sandbox in that folder, made on its first start."""
    file = folder / KEYS_FILE
    if not file.exists():
        write_privately(file, asdict(_new_keys()))
    try:
        return Keys(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise Failed(
            fr=f"{file} n'est pas le fichier d'un bac à sable : --data-dir",
            en=f"{file} is not a sandbox's file: --data-dir",
        ) from None


def master_key_in(folder: Path) -> Path:
    """The file of the sandbox's master key, made on its first start."""
    file = folder / MASTER_KEY_FILE
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w", encoding="ascii") as new:
            new.write(f"{new_master_key_line('first', random_bits=secrets.randbits)}\n")
    return file


def write_privately(file: Path, content: object) -> None:
    """Writes JSON that only its owner may read, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as part:
        json.dump(content, part)
    Path(name).replace(file)


def _new_keys() -> Keys:
    def fresh(prefix: str) -> str:
        return new_id(prefix, at=system_clock(), random_bits=secrets.randbits(80))

    return Keys(
        merchant=fresh(MERCHANT),
        key_id=fresh(API_KEY),
        api_key=new_secret(secrets.randbits, livemode=False),
        callback_secret=secrets.token_hex(32),
    )
