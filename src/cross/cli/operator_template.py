"""The folder of a new operator, written from files beside this module."""

import re
from importlib import resources
from pathlib import Path
from typing import Final

import cross.operators
from cross.cli.screen import USAGE, Failed

NAME: Final = re.compile(r"[a-z][a-z0-9]{1,11}(?:-[a-z0-9]{1,11})?", re.ASCII)
FILES: Final = "operator_files"
_SUFFIX: Final = ".txt"


def installed_folder() -> Path:
    """Where the operators of this program are."""
    return Path(next(iter(cross.operators.__path__)))


def write(name: str, parent: Path) -> Path:
    """The new operator's folder; raises `Failed` where the name cannot be one, or is taken."""
    if NAME.fullmatch(name) is None:
        raise Failed(
            fr=f"{name!r} : des minuscules et des chiffres, un trait d'union au plus",
            en=f"{name!r}: small letters and digits, with one hyphen at most",
            code=USAGE,
        )
    package = name.replace("-", "_")
    folder = parent / package
    if folder.exists() or not parent.is_dir():
        raise Failed(
            fr=f"{folder} : existe déjà, ou son dossier n'existe pas",
            en=f"{folder}: is there already, or its folder is not",
        )
    words = {
        "@NAME@": name,
        "@PACKAGE@": package,
        "@CLASS@": "".join(part.capitalize() for part in name.split("-")),
    }
    source = resources.files("cross.cli") / FILES
    with resources.as_file(source) as files:
        for file in sorted(files.rglob(f"*{_SUFFIX}")):
            text = file.read_text("utf-8")
            for word, instead in words.items():
                text = text.replace(word, instead)
            written = folder / file.relative_to(files).with_suffix("")
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(text, "utf-8")
    return folder
