"""`cross openapi` and `cross collection`: the contract, for machines and for people who try it."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cross import __version__
from cross.api.app import create_api
from cross.api.document import document_of
from cross.cli.bruno import bruno_collection
from cross.cli.options import command
from cross.cli.postman import postman_collection
from cross.cli.samples import samples_of
from cross.cli.screen import Failed, Screen

TITLE: Final = "Cross"
SANDBOX_URL: Final = "http://127.0.0.1:8228"  # sandbox.md section 1
BRUNO_FOLDER: Final = "cross-bruno"


class Client(StrEnum):
    """The programs that a collection is made for."""

    POSTMAN = "postman"
    BRUNO = "bruno"


@command
def openapi(
    screen: Screen,
    *,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Else it is printed.")] = None,
) -> None:
    """Print the API's OpenAPI 3.1 document, webhooks included."""
    document = document_of(create_api())
    if output is None:
        print(_pretty(document))
        return
    _write({output: _pretty(document)})
    _say_written(screen, output, calls=sum(len(calls) for calls in document["paths"].values()))


@command
def collection(
    screen: Screen,
    *,
    client: Annotated[Client, typer.Argument(help="postman or bruno.")],
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help=f"Postman: a file, else it is printed. Bruno: a folder, else {BRUNO_FOLDER}.",
        ),
    ] = None,
    base_url: Annotated[str, typer.Option(metavar="URL", help="Which switch.")] = SANDBOX_URL,
) -> None:
    """Make a collection of every call, to import in Postman or to open in Bruno."""
    samples = list(samples_of(document_of(create_api())))
    if client is Client.BRUNO:
        folder = output or Path(BRUNO_FOLDER)
        files = bruno_collection(samples, title=TITLE, base_url=base_url)
        _write({folder / place: text for place, text in files.items()})
        _say_written(screen, folder, calls=len(samples))
        return
    made = postman_collection(samples, title=TITLE, version=__version__, base_url=base_url)
    if output is None:
        print(_pretty(made))
        return
    _write({output: _pretty(made)})
    _say_written(screen, output, calls=len(samples))


def _pretty(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text.rstrip()}\n", "utf-8")
        except OSError as error:
            raise Failed(
                fr=f"{path} ne peut pas être écrit ({error.strerror})",
                en=f"{path} cannot be written ({error.strerror})",
            ) from None


def _say_written(screen: Screen, path: Path, *, calls: int) -> None:
    screen.document({"object": "file", "path": str(path), "calls": calls})
    screen.say(fr=f"Écrit : {path} ({calls} appels)", en=f"Written: {path} ({calls} calls)")
