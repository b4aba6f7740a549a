"""SOAP envelopes as Moov's clients really send and cut them (operators.md section 3.8)."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from cross.simulation.exchange import Reply

_CONTENT_TYPE: Final = b"text/xml; charset=utf-8"
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_API: Final = "http://api.merchant.tlc.com/"


class UnreadableEnvelope(Exception):
    """Not an envelope with an operation in it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation asked for, and the text of its elements by local name, at any depth."""

    name: str
    fields: Mapping[str, str]


def read_operation(body: bytes) -> Operation:
    """The operation in an envelope, found by local names: clients disagree on namespaces.

    The XML declaration is dropped: clients say utf-16 while sending UTF-8.
    """
    try:
        text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableEnvelope("neither UTF-8 nor UTF-16") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableEnvelope("document types are not taken")
    try:
        root = ET.fromstring(_DECLARATION.sub("", text, count=1))  # noqa: S314 - no DTD gets here
    except ET.ParseError:
        raise UnreadableEnvelope("not well-formed XML") from None
    for element in root.iter():
        if _local(element) == "Body" and len(element):
            operation = element[0]
            leaves = {_local(e): (e.text or "").strip() for e in operation.iter() if not len(e)}
            return Operation(_local(operation), leaves)
    raise UnreadableEnvelope("no operation in the envelope")


def response(operation: str, wrapper: str, content: Mapping[str, str]) -> Reply:
    """An answer with the prefixes and bare elements that clients cut by regular expression."""
    inner = "".join(f"<{name}>{html.escape(text)}</{name}>" for name, text in content.items())
    # Source: operators.md section 3.8: one client looks for Push's result inside `ns2:Push`
    element = "Push" if (operation, wrapper) == ("Push", "result") else f"{operation}Response"
    return _envelope(
        200,
        f'<ns2:{element} xmlns:ns2="{_API}"><{wrapper}>{inner}</{wrapper}></ns2:{element}>',
    )


def fault(code: str, text: str) -> Reply:
    """A SOAP fault, with status 500 as SOAP 1.1 over HTTP wants it."""
    return _envelope(
        500,
        f"<soap:Fault><faultcode>{code}</faultcode>"
        f"<faultstring>{html.escape(text)}</faultstring></soap:Fault>",
    )


def _envelope(status: int, inner: str) -> Reply:
    text = f'<soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>{inner}</soap:Body></soap:Envelope>'
    return Reply(status, text.encode(), _CONTENT_TYPE)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
