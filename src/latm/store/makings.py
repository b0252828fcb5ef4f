"""Makings in the database: the record of each, and the journal of each that is under way."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from latm.ledger import Usage
from latm.provenance import Attempt, Making, Outcome
from latm.store.database import Database
from latm.store.dialects import upsert
from latm.store.payments import settle
from latm.store.schema import journal, makings
from latm.store.usage import AnyRow, median_usage, usage_of, usage_values

if TYPE_CHECKING:
    from latm.models.port import Completion

_RECENT = 100
"""How many of the newest makings count: prices and models change, and there may be thousands."""


class MakingTable(Database):
    """The makings in the tool cache, finished and under way."""

    def makings(self, task: str | None = None) -> list[Making]:
        """Every making with all its data, the newest last.

        Args:
            task: only makings for this task.
        """
        statement = select_makings()
        if task is not None:
            statement = statement.where(makings.c.task == task)
        with self.reading() as connection:
            return [to_making(row) for row in connection.execute(statement)]

    def typical_making_usage(self) -> Usage | None:
        """The usage of the median one of the last hundred makings, including failed ones; None before the first.

        An outlier among few makings could dominate a mean, and then nothing more would seem worth making. Reuse and
        import are left out: they take no model call, and a making is only considered if they are not possible.
        """
        columns = (makings.c.calls, makings.c.input_tokens, makings.c.output_tokens, makings.c.cost)
        with self.reading() as connection:
            made = (
                select(*columns)
                .where(makings.c.outcome.not_in([Outcome.REUSED, Outcome.IMPORTED]))
                .order_by(makings.c.id.desc())
            )
            rows = connection.execute(made.limit(_RECENT)).all()
        return median_usage([usage_of(row) for row in rows])

    def journal(self, task: str) -> "Journal":
        """The completions of the task's unfinished making."""
        return Journal(self, task)


@dataclass(frozen=True, slots=True)
class Journal:
    """The completions of an unfinished making, so that a restart after a crash does not pay for them twice.

    Attributes:
        table: the table that keeps them.
        task: the task of the making.
    """

    table: MakingTable
    task: str

    def get(self, key: str, occurrence: int) -> "Completion | None":
        """The completion of an earlier request; None if it was not answered.

        Args:
            key: the request's key.
            occurrence: how many times the same request came before in this making.
        """
        found = select(journal).where(
            journal.c.task == self.task, journal.c.key == key, journal.c.occurrence == occurrence
        )
        with self.table.reading() as connection:
            row = connection.execute(found).first()
        from latm.models.port import Completion  # its package is slow to import, and reading does not need it

        return Completion(row.text, row.model, usage_of(row), row.seconds, row.recorded_at) if row else None

    def put(self, key: str, occurrence: int, completion: "Completion") -> None:
        """Keep a completion. If two are given, the first one stays."""
        values = {
            "task": self.task,
            "key": key,
            "occurrence": occurrence,
            "text": completion.text,
            "model": completion.model,
            "seconds": completion.seconds,
            "recorded_at": completion.recorded_at,
            **usage_values(completion.usage),
        }
        with self.table.writing() as connection:
            kept = upsert(connection, journal).values(values).on_conflict_do_nothing().returning(journal.c.key)
            if connection.execute(kept).first() is not None:
                settle(connection, [completion.usage])


def select_makings() -> Select[*tuple[Any, ...]]:
    """Selects makings, the newest last."""
    return select(makings).order_by(makings.c.id)


def to_making(row: AnyRow) -> Making:
    """The making in a row."""
    return Making(
        task=row.task,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        tool_id=row.tool_id,
        model=row.model,
        attempts=tuple(Attempt(**attempt) for attempt in row.attempts),
        caught=row.caught,
        notes=tuple(row.notes),
        usage=usage_of(row),
        started_at=row.started_at,
        seconds=row.seconds,
        version=row.version,
    )


def making_values(making: Making) -> dict[str, Any]:
    """The row of a making."""
    values = {
        field: getattr(making, field)
        for field in ("task", "outcome", "reason", "tool_id", "model", "started_at", "seconds", "version")
    }
    return {
        **values,
        "attempts": [asdict(attempt) for attempt in making.attempts],
        "caught": dict(making.caught),
        "notes": list(making.notes),
        **usage_values(making.usage),
    }
