"""What changed since when: revisions of tasks, and removed names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, func, select, update

from latm.errors import OutdatedError
from latm.known import Known
from latm.store.database import Database, in_parts
from latm.store.dialects import upsert
from latm.store.loading import load_known
from latm.store.schema import removed, revision, tasks

REMEMBERED = 10_000
"""How many of the newest names of removed tasks are kept."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reader must take over to see the store as it is.

    Attributes:
        revision: the revision to give in the next call.
        newest: the id of the task that was found last; 0 without one.
        known: every task that changed, as it is now, in the order in which they were found.
        removed: names that tasks no longer have. Forget them first: another task may have taken a name.
        whole: whether `known` is everything, and whatever else the reader knows is gone: this is its first call,
            or it was away for so long that the names of removed tasks are no longer on record.
    """

    revision: int
    known: Sequence[Known]
    removed: Sequence[str] = ()
    whole: bool = False
    newest: int = 0


class RevisionTable(Database):
    """The changes in the tool cache."""

    def revision(self) -> int:
        """A number that grows with every change of a task or its tool, but not with answers and counts."""
        with self.reading() as connection:
            number: int = connection.execute(select(revision.c.number)).scalar_one()
        return number

    def changes(self, since: int) -> Changes:
        """What changed after a revision.

        Args:
            since: the revision of an earlier result; 0 for everything.
        """
        with self.reading() as connection:
            state = select(revision.c.number, revision.c.forgotten, _newest().scalar_subquery())
            number, forgotten, newest = connection.execute(state).one()
            if since == number:
                return Changes(number, (), newest=newest)
            whole = since <= 0 or since > number or since < forgotten
            known = load_known(connection, None if whole else tasks.c.revision > since)
            if whole:
                return Changes(number, known, whole=True, newest=newest)
            names = select(removed.c.name).where(removed.c.revision > since).order_by(removed.c.revision)
            return Changes(number, known, connection.scalars(names).all(), newest=newest)


def touch(connection: Connection, ids: Collection[int]) -> int:
    """Let readers see that tasks changed, in the same transaction as the change.

    Returns:
        The new revision.
    """
    grown = update(revision).values(number=revision.c.number + 1).returning(revision.c.number)
    number: int = connection.execute(grown).scalar_one()
    for part in in_parts(ids):
        connection.execute(update(tasks).where(tasks.c.id.in_(part)).values(revision=number))
    return number


def refuse_outdated(connection: Connection, seen: int) -> None:
    """Let a writing transaction go on only if no task was found after the newest one that it knows.

    If two processes find the same kind at once, the second looks again, and its questions go to the first's task.

    Args:
        connection: inside the transaction.
        seen: the id of the newest task that is known.

    Raises:
        OutdatedError: a newer task was found.
    """
    newest: int = connection.execute(_newest()).scalar_one()
    if newest > seen:
        raise OutdatedError(f"A newer task has been found: number {newest}, not {seen}.", hint="Look again.")


def _newest() -> Select[int]:
    return select(func.coalesce(func.max(tasks.c.id), 0))


def remove_names(connection: Connection, names: Mapping[str, str | None], number: int) -> None:
    """Let readers see that tasks no longer have their names.

    Args:
        connection: inside the transaction.
        names: the current name of each task, by its former name; None if the task is gone.
        number: the revision of the change.
    """
    gone = upsert(connection, removed)
    again = {"became": gone.excluded.became, "revision": gone.excluded.revision}
    rows = [{"name": name, "became": became, "revision": number} for name, became in names.items()]
    connection.execute(gone.on_conflict_do_update(index_elements=["name"], set_=again), rows)
    oldest = select(removed.c.revision).order_by(removed.c.revision.desc()).offset(REMEMBERED).limit(1)
    forgotten = connection.execute(oldest).scalar_one_or_none()
    if forgotten is not None:
        connection.execute(delete(removed).where(removed.c.revision <= forgotten))
        connection.execute(update(revision).values(forgotten=forgotten))
