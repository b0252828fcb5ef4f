"""Claims: one maker at a time for each task, across processes. Whoever takes over finds what was paid for."""

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
        task: the task's name.
        owner: who holds the claim.
        work: plain data that the making starts from.
        resumed: whether `work` is that of an interrupted making whose completions are in the journal.
    """

    task: str
    owner: str
    work: Any = None
    resumed: bool = False


class ClaimTable(Database):
    """The claims in the tool cache."""

    def claim_making(self, task: str, owner: str, seconds: float, work: Any = None) -> Claim | None:
        """Try to become the only maker of a tool for a task, across processes.

        Args:
            task: the task's name; the task need not exist yet.
            owner: who claims it, as named by `new_owner`; unique to this attempt.
            seconds: how long the claim holds by the database's clock, unless renewed; then others may take over.
            work: plain data for the making to start from.

        Returns:
            The claim. If the previous making was interrupted after something was paid for, the claim has its work. None
            if another claim holds, even the owner's own, or if the task was renamed or deleted meanwhile.
            A claim no longer holds once it has expired or its owner, a process of this machine, has ended.
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
        """Renew the claims of these owners, for seconds from now, and return the owners that still have theirs."""
        renewed = update(claims).where(claims.c.owner.in_(owners)).values(expires=Clock() + seconds)
        with self.writing() as connection:
            return set(connection.scalars(renewed.returning(claims.c.owner)))

    def release_making(self, task: str, owner: str, *, keep_work: bool) -> None:
        """Give up a claim if the owner still holds it.

        Args:
            task: the task's name.
            owner: who holds the claim.
            keep_work: whether the next making continues where this one stopped; otherwise the paid work is forgotten.
        """
        ours = (claims.c.task == task, claims.c.owner == owner)
        with self.writing() as connection:
            if keep_work:
                connection.execute(update(claims).where(*ours).values(owner="", expires=0.0))
            elif connection.execute(delete(claims).where(*ours).returning(claims.c.task)).first():
                connection.execute(delete(journal).where(journal.c.task == task))


def select_claims() -> Select[*tuple[Any, ...]]:
    """Selects claims, each with whether it has expired."""
    return select(claims, (claims.c.expires <= Clock()).label("is_over"))


def is_free(claim: AnyRow) -> bool:
    """Whether a claim, selected by `select_claims`, may be taken over."""
    return claim.is_over or not is_alive(claim.owner)


def _has_journal(connection: Connection, task: str) -> bool:
    return connection.execute(select(journal.c.key).where(journal.c.task == task).limit(1)).first() is not None
