"""The calls of the API as a Bruno collection: a folder of text files.

Source: https://docs.usebruno.com/bru-lang/tag-reference
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import indent
from typing import Final

from cross.cli.postman import colons, headers_of
from cross.cli.samples import Parameter, Sample

_STRANGE: Final = re.compile(r"[^A-Za-z0-9 ()_-]")


def bruno_collection(samples: Iterable[Sample], *, title: str, base_url: str) -> Mapping[str, str]:
    """Every file of the collection by its path."""
    manifest = {"version": "1", "name": title, "type": "collection", "ignore": []}
    files = {
        "bruno.json": f"{json.dumps(manifest, indent=2)}\n",
        "collection.bru": _text(
            ("meta", [f"name: {title}"]),
            ("auth", ["mode: bearer"]),
            ("auth:bearer", ["token: {{api_key}}"]),
        ),
        "environments/sandbox.bru": f"{_text(('vars', [f'base_url: {base_url}']))}"
        "\nvars:secret [\n  api_key\n]\n",
    }
    places: dict[str, int] = {}
    for sample in samples:
        places[sample.folder] = places.get(sample.folder, 0) + 1
        name = _STRANGE.sub("", sample.name)
        files[f"{sample.folder}/{name}.bru"] = _request(sample, places[sample.folder])
    return files


def _request(sample: Sample, place: int) -> str:
    return _text(
        ("meta", [f"name: {sample.name}", "type: http", f"seq: {place}"]),
        (
            sample.method.lower(),
            [
                f"url: {{{{base_url}}}}{colons(sample.path)}",
                f"body: {'none' if sample.body is None else 'json'}",
                f"auth: {'none' if sample.is_public else 'inherit'}",
            ],
        ),
        ("params:query", list(_parameters(sample.query))),
        ("params:path", list(_parameters(sample.path_parameters))),
        ("headers", [f"{name}: {value}" for name, value in headers_of(sample).items()]),
        ("body:json", [] if sample.body is None else [json.dumps(sample.body, indent=2)]),
        ("docs", [sample.description]),
    )


def _parameters(parameters: Iterable[Parameter]) -> Iterator[str]:
    """A tilde leaves a parameter out until somebody ticks it."""
    for one in parameters:
        yield f"{'' if one.required else '~'}{one.name}: {one.value}"


def _text(*blocks: tuple[str, list[str]]) -> str:
    written = [
        f"{name} {{\n{indent(chr(10).join(lines), '  ')}\n}}\n" for name, lines in blocks if lines
    ]
    return "\n".join(written)
