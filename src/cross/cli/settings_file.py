"""The settings that a command works with: the file that was named, or cross.toml, and CROSS_…."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from cross.cli.screen import Failed
from cross.settings import Settings, read_settings


def chosen(config: Path | None) -> Path:
    """The file that was named, else cross.toml of this folder."""
    return config or Path("cross.toml")


def settings_in(config: Path | None) -> Settings:
    """What the file and the environment say; raises `Failed` naming what is wrong."""
    file = chosen(config)
    try:
        if config is not None:
            config.read_bytes()  # a file that was named is there
        return read_settings(file)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
    except (OSError, tomllib.TOMLDecodeError) as error:
        wrong = str(error)
    raise Failed(
        fr=f"réglages illisibles ({file}, --config, ou CROSS_…) : {wrong}",
        en=f"the settings cannot be read ({file}, --config, or CROSS_…): {wrong}",
    )
