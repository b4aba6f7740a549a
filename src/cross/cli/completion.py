"""`cross completion`: what a shell needs to complete the words of commands."""

from enum import StrEnum
from typing import Annotated, Final

import typer
from typer._completion_shared import get_completion_script

from cross.cli.options import command
from cross.cli.screen import Screen

PROGRAM: Final = "cross"
ASKED_BY: Final = "_CROSS_COMPLETE"
"""The variable by which a shell's script asks for words."""


class Shell(StrEnum):
    """The shells that words are completed for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command
def completion(screen: Screen, *, shell: Annotated[Shell, typer.Argument()]) -> None:
    """Print the script to source: eval "$(cross completion bash)"."""
    script = get_completion_script(
        prog_name=PROGRAM, complete_var=ASKED_BY, shell=shell.value
    ).strip()
    screen.document({"object": "script", "shell": shell.value, "text": script})
    if not screen.as_json:
        print(script)
