"""Files that strangers bring: XML that declares, hides, or is written in another encoding."""

import io
import re
import zipfile
from pathlib import Path

import pytest

import cross
from cross.domain.batch_refusals import UnreadableFile
from cross.operators.flooz import soap
from cross.outbound import HttpResponse
from cross.switch.sheets import XLSX, read_sheet
from tests.switch.test_sheets import book_of, bytes_of

SOURCE = Path(cross.__file__).parent

BOMB = b'<!DOCTYPE x [<!ENTITY a "9"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def workbook(change: bytes = b"", *, encoding: str = "utf-8", hidden: bytes = b"") -> bytes:
    """A workbook whose sheet is written so, with something before its first element."""
    told = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(bytes_of(book_of(500)))) as parts,
        zipfile.ZipFile(told, "w") as new,
    ):
        for name in parts.namelist():
            text = parts.read(name)
            if name.endswith("sheet1.xml"):
                bare = re.sub(rb"^<\?xml[^>]*\?>\s*", b"", text)
                bare = bare.replace(b'<row r="2"', b'<row r="2"' + hidden)
                declared = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
                text = (declared + change + bare).decode().encode(encoding)
                if encoding == "cp037":  # its own declaration has to be read first
                    text = declared + (change + bare).decode().encode(encoding)
            new.writestr(name, text)
    return told.getvalue()


def test_a_workbook_as_others_write_it_is_read() -> None:
    """F-S24: so that the refusals below are for what they say."""
    (line,) = read_sheet(workbook(), XLSX).lines
    assert line.amount == 500


@pytest.mark.parametrize("declares", [BOMB, FILE], ids=["entities", "a file of ours"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp037"])
def test_no_document_with_entities_is_read_in_any_encoding(declares: bytes, encoding: str) -> None:
    """F-S24, S-BNK-04: what looks for a declaration reads the bytes as the parser would."""
    with pytest.raises(UnreadableFile):
        read_sheet(workbook(declares, encoding=encoding), XLSX)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp037"])
@pytest.mark.parametrize("hidden", [b' hidden="1"', b" hidden = '1'", b'\thidden="true"'])
def test_no_row_that_nobody_sees_is_paid_in_any_encoding(encoding: str, hidden: bytes) -> None:
    """F-S24, I-08: whoever looks the file over sees another sum than is paid."""
    with pytest.raises(UnreadableFile):
        read_sheet(workbook(encoding=encoding, hidden=hidden), XLSX)


@pytest.mark.parametrize("declares", [BOMB, FILE], ids=["entities", "a file of ours"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp037"])
def test_an_operators_answer_with_entities_is_unknown(declares: bytes, encoding: str) -> None:
    """F-S24."""
    answer = declares.decode() + "<a><status>0</status></a>"
    told = soap.transfer_outcome(HttpResponse(200, answer.encode(encoding)))

    assert type(told).__name__ == "Unknown"


def test_xml_is_parsed_where_declarations_are_looked_for_before() -> None:
    """F-S24, S-BNK-04: a third reader of XML has to be thought about."""
    imports = re.compile(r"^\s*(?:from|import)\s+(?:xml\.|lxml|defusedxml)", re.MULTILINE)
    readers = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        if "tests" not in path.parts and imports.search(path.read_text(encoding="utf-8"))
    ]

    assert readers == [
        "operators/flooz/simulator_envelope.py",
        "operators/flooz/soap.py",
        "switch/camt053.py",  # only writes
    ]
