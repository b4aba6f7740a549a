"""The control call for what an operator would send that night, with breaks planted in it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Final

from cross.simulation import statements
from cross.simulation.control import Content, Handlers, desk_named, query_of, whole_in
from cross.simulation.control_fields import BadCall
from cross.simulation.desk import Desk
from cross.simulation.exchange import Reply, Request
from cross.simulation.journal import Journal
from cross.simulation.statements import BREAKS_MAX, Day, Statement, statement_of
from cross.simulation.timers import Timers

JSON: Final = "json"
"""The rows with what is planted in them: what a file that looks genuine cannot say."""

FILES: Final[Mapping[str, tuple[bytes, Callable[[Statement], bytes]]]] = {
    "csv": (b"text/csv; charset=utf-8", statements.as_csv),
    # Source: ISO/IEC 29500; the media type as IANA lists it.
    "xlsx": (
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        statements.as_xlsx,
    ),
}


class StatementCalls:
    """Writes statements of days at the simulated operators."""

    def __init__(self, desks: Mapping[str, Desk], *, journal: Journal, timers: Timers) -> None:
        self._desks = desks
        self._journal = journal
        self._timers = timers

    def handlers(self) -> Handlers:
        """The calls answered here."""
        return {("GET", "statements", 1): self._statement}

    def _statement(self, request: Request, parts: tuple[str, ...]) -> Reply | Content:
        facts = desk_named(self._desks, parts[0]).facts
        query = query_of(request, "date", "format", "breaks", "seed")
        name = query.get("format", "csv")
        if name != JSON and name not in FILES:
            raise BadCall(422, f"format is none of {JSON}, {', '.join(FILES)}", field="format")
        breaks = whole_in(query, "breaks", default=0)
        if breaks > BREAKS_MAX:
            raise BadCall(422, f"breaks is above {BREAKS_MAX}", field="breaks")
        day = self._day(query)
        statement = statement_of(
            self._journal.find(operator=facts.name),
            Day(facts.name, facts.currency, day),
            breaks=breaks,
            seed=whole_in(query, "seed", default=0),
        )
        if name == JSON:
            return _told(statement, facts.name, day)
        content_type, write = FILES[name]
        file = f'attachment; filename="{facts.name}-{day.isoformat()}.{name}"'
        headers = ((b"content-disposition", file.encode()),)
        return Reply(200, write(statement), content_type, headers=headers)

    def _day(self, query: Mapping[str, str]) -> date:
        if "date" not in query:
            return self._timers.now().date()
        try:
            return date.fromisoformat(query["date"])
        except ValueError:
            raise BadCall(422, "date is not a day such as 2026-11-22", field="date") from None


def _told(statement: Statement, operator: str, day: date) -> Content:
    return {
        "object": "statement",
        "operator": operator,
        "date": day.isoformat(),
        "rows": [asdict(row) for row in statement.rows],
        "planted": [asdict(one) for one in statement.planted],
    }
