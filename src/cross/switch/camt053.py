"""A position as camt.053.001.02, the statement that banks' systems read.

Source: ISO 20022, BankToCustomerStatementV02; elements stand in the order of its schema. Written
with the standard library's tree: nothing is parsed here, so no entity is ever met (S-BNK-04).
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from cross.domain.money import Currency
from cross.domain.position import Position, PositionLine, day_of
from cross.switch.views import rfc3339

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
TEXT_MAX: Final = 35  # ISO 20022: Max35Text, which all references are
NOT_PROVIDED: Final = "NOTPROVIDED"  # ISO 20022: what stands for a reference that nobody gave


def camt053_of(position: Position) -> str:
    """The document, in UTF-8, of one statement."""
    document = ET.Element("Document", {"xmlns": NAMESPACE})
    report = ET.SubElement(document, "BkToCstmrStmt")
    _head(report, position)
    statement = ET.SubElement(report, "Stmt")
    _account(statement, position)
    _balance(statement, "OPBD", position, position.opening)
    _balance(statement, "CLBD", position, position.closing)
    _totals(statement, position)
    for line in position.lines:
        _entry(statement, line, position.currency)
    ET.indent(document)
    text = ET.tostring(document, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _head(report: ET.Element, position: Position) -> None:
    head = ET.SubElement(report, "GrpHdr")
    _text(head, "MsgId", _statement_id(position))
    _text(head, "CreDtTm", rfc3339(position.drawn_up_at))


def _account(statement: ET.Element, position: Position) -> None:
    _text(statement, "Id", _statement_id(position))
    _text(statement, "CreDtTm", rfc3339(position.drawn_up_at))
    begins, ends = day_of(position.day, position.currency)
    period = ET.SubElement(statement, "FrToDt")
    _text(period, "FrDtTm", rfc3339(begins))
    _text(period, "ToDtTm", rfc3339(ends))
    account = ET.SubElement(statement, "Acct")
    other = ET.SubElement(ET.SubElement(account, "Id"), "Othr")
    _text(other, "Id", position.holder)
    _text(account, "Ccy", position.currency.code)
    _text(account, "Nm", position.holder_name[:70] or position.holder)  # Max70Text


def _balance(statement: ET.Element, code: str, position: Position, amount: int) -> None:
    balance = ET.SubElement(statement, "Bal")
    kind = ET.SubElement(ET.SubElement(balance, "Tp"), "CdOrPrtry")
    _text(kind, "Cd", code)
    _amount(balance, amount, position.currency)
    _text(ET.SubElement(balance, "Dt"), "Dt", position.day.isoformat())


def _totals(statement: ET.Element, position: Position) -> None:
    summary = ET.SubElement(statement, "TxsSummry")
    whole = ET.SubElement(summary, "TtlNtries")
    _count(whole, position.lines, position.currency)
    net = position.closing - position.opening
    _text(whole, "TtlNetNtryAmt", _decimal(net, position.currency))
    _text(whole, "CdtDbtInd", _direction(net))
    _count(ET.SubElement(summary, "TtlCdtNtries"), position.came, position.currency)
    _count(ET.SubElement(summary, "TtlDbtNtries"), position.went, position.currency)


def _count(parent: ET.Element, lines: Sequence[PositionLine], currency: Currency) -> None:
    _text(parent, "NbOfNtries", str(len(lines)))
    _text(parent, "Sum", _decimal(sum(abs(line.amount) for line in lines), currency))


def _entry(statement: ET.Element, line: PositionLine, currency: Currency) -> None:
    entry = ET.SubElement(statement, "Ntry")
    _text(entry, "NtryRef", str(line.entry))
    _amount(entry, line.amount, currency)
    _text(entry, "Sts", "BOOK")
    for name in ("BookgDt", "ValDt"):
        _text(ET.SubElement(entry, name), "DtTm", rfc3339(line.at))
    _text(entry, "AcctSvcrRef", line.movement[:TEXT_MAX])
    proprietary = ET.SubElement(ET.SubElement(entry, "BkTxCd"), "Prtry")
    _text(proprietary, "Cd", line.cause[:TEXT_MAX])
    references = ET.SubElement(ET.SubElement(ET.SubElement(entry, "NtryDtls"), "TxDtls"), "Refs")
    _text(references, "EndToEndId", (line.reference or NOT_PROVIDED)[:TEXT_MAX])
    if line.operator_reference:
        _text(references, "TxId", line.operator_reference[:TEXT_MAX])


def _amount(parent: ET.Element, amount: int, currency: Currency) -> None:
    money = ET.SubElement(parent, "Amt", {"Ccy": currency.code})
    money.text = _decimal(amount, currency)
    _text(parent, "CdtDbtInd", _direction(amount))


def _direction(amount: int) -> str:
    return "DBIT" if amount < 0 else "CRDT"


def _decimal(amount: int, currency: Currency) -> str:
    """The size of an amount with the decimals that its currency has."""
    whole, rest = divmod(abs(amount), 10**currency.exponent)
    return f"{whole}.{rest:0{currency.exponent}}" if currency.exponent else str(whole)


def _statement_id(position: Position) -> str:
    """The same for the same day, whoever asks and when: a repeat is known by it."""
    return f"{position.holder[-10:]}-{position.currency}-{position.day:%Y%m%d}"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
