"""Who makes a tool for which task: one at a time across processes, and whoever takes over finds what was paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from latm.store.database import Database
from latm.store.dialects import Clock, upsert
from latm.store.names import is_gone
from latm.store.owners import is_alive
from latm.store.schema import claims, journal
from latm.store.usage import AnyRow


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a tool for a task.

    Attributes:
        task: its name.
        owner: who has it.
        work: plain data that the making starts from.
        resumed: whether `work` is that of a making that was interrupted, and whose completions are in the journal.
    """

    task: str
    owner: str
    work: Any = None
    resumed: bool = False


class ClaimTable(Database):
    """What the tool cache knows of claims."""

    def claim_making(self, task: str, owner: str, seconds: float, work: Any = None) -> Claim | None:
        """Try to become the only one that makes a tool for a task, across processes.

        Args:
            task: its name; it need not exist yet.
            owner: who claims it, as `new_owner` names it; unique to this attempt.
            seconds: until when, from now by the database's clock, unless renewed; then others may take over.
            work: plain data that the making is to start from.

        Returns:
            The claim, with the work of the making before where that was interrupted after something was paid for. None
            where another claim holds, be it the owner's own, or where the task has another name by now or is no more.
            A claim that has expired, or whose owner is a process of this machine that has ended, holds no longer.
        """
        with self.writing() as connection:
            held = connection.execute(select_claims().where(claims.c.task == task)).first()
            if (held and not is_free(held)) or is_gone(connection, task):
                return None
            resumed = held is not None and held.work is not None and _has_journal(connection, task)
            claim = Claim(task, owner, held.work if held and resumed else work, resumed)
            values = {"owner": owner, "expires": Clock() + seconds, "work": claim.work}
            claimed = upsert(connection, claims).values(task=task, **values)
            connection.execute(claimed.on_conflict_do_update(index_elements=["task"], set_=values))
        return claim

    def renew_claims(self, owners: Sequence[str], seconds: float) -> set[str]:
        """Keep the claims of these owners for so many seconds from now; the owners that still have theirs."""
        renewed = update(claims).where(claims.c.owner.in_(owners)).values(expires=Clock() + seconds)
        with self.writing() as connection:
            return set(connection.scalars(renewed.returning(claims.c.owner)))

    def release_making(self, task: str, owner: str, *, keep_work: bool) -> None:
        """Give up a claim, if it is still the owner's.

        Args:
            task: its name.
            owner: whose claim it is.
            keep_work: whether the next making is to go on from where this one was; else what was paid for is forgotten.
        """
        ours = (claims.c.task == task, claims.c.owner == owner)
        with self.writing() as connection:
            if keep_work:
                connection.execute(update(claims).where(*ours).values(owner="", expires=0.0))
            elif connection.execute(delete(claims).where(*ours).returning(claims.c.task)).first():
                connection.execute(delete(journal).where(journal.c.task == task))


def select_claims() -> Select[*tuple[Any, ...]]:
    """Claims, each with whether its time is over."""
    return select(claims, (claims.c.expires <= Clock()).label("is_over"))


def is_free(claim: AnyRow) -> bool:
    """Whether a claim, as `select_claims` has it, may be taken over."""
    return claim.is_over or not is_alive(claim.owner)


def _has_journal(connection: Connection, task: str) -> bool:
    return connection.execute(select(journal.c.key).where(journal.c.task == task).limit(1)).first() is not None
