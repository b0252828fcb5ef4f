"""The tool cache: all tables together, and the transactions that span them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import update

from latm.answer import Answer
from latm.auditing import UNWATCHED, Goal
from latm.errors import StoreError
from latm.event import Event, EventKind
from latm.form import Form
from latm.provenance import Making
from latm.question import ANY
from latm.store.answers import AnswerTable, insert_answers, on_record, place_answers
from latm.store.certificates import CertificateTable
from latm.store.claims import ClaimTable
from latm.store.concluding import conclude, put_on_record, take_up
from latm.store.counting import Recorded, audit_exact, by_version, compare_all, count_served
from latm.store.course import CourseTable
from latm.store.events import EventTable, append_events
from latm.store.examples import KEPT, ExampleTable, add_to_samples, drop_labels, of_their_scope
from latm.store.forgetting import ForgetTable
from latm.store.guards import GuardTable, count_guards
from latm.store.ledgers import LedgerTable
from latm.store.makings import MakingTable
from latm.store.merging import MergeTable
from latm.store.names import current_names, ensure_task, ensure_tasks, id_of, ids_of
from latm.store.payments import settle
from latm.store.resting import RestingTable, wake
from latm.store.revisions import RevisionTable, refuse_outdated, touch
from latm.store.schema import tasks
from latm.store.splitting import Parts, split_task
from latm.store.tasks import count_came
from latm.store.tools import ToolTable
from latm.store.widening import WideningTable
from latm.task import Example, Record
from latm.tool import Demonstration, Program, ToolVersion, Verification


@dataclass(frozen=True, slots=True)
class Batch:
    """What is recorded in one transaction.

    Attributes:
        answers: the answers in the order in which they came.
        examples: the examples by the names of their tasks.
        came: what to add to the counters of tasks, by name: `came` and the direct answers.
        placed: the questions whose kind was found, by the digest of their scope and their text, each with its
            task; recorded answers show it from now on.
        seen: the id of the newest task known when kinds were found; None if no kinds were found.
        shadows: the direct answers to compare with versions in shadow, each with the names of their tasks.
        again: whether some of it may already be on record, because an earlier try has an unknown result.
        audit: the chance of an audit for each answer that was taken from an earlier one to the same request.
    """

    answers: Sequence[Answer] = ()
    examples: Sequence[tuple[str, Example]] = ()
    came: Mapping[str, Record] = field(default_factory=dict)
    placed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    seen: int | None = None
    shadows: Sequence[tuple[Answer, Sequence[str]]] = ()
    again: bool = False
    audit: float = 0.0


class ToolCache(
    CertificateTable,
    CourseTable,
    LedgerTable,
    ForgetTable,
    GuardTable,
    WideningTable,
    RestingTable,
    MergeTable,
    ExampleTable,
    ToolTable,
    EventTable,
    ClaimTable,
    MakingTable,
    AnswerTable,
    RevisionTable,
):
    """Tasks, tools, events, makings and answers in one database.

    Every method is synchronous and one transaction: it is done as a whole when it returns, or not at all. Threads and
    processes may use the same database at once.
    """

    def record(self, batch: Batch, *, kept: int = KEPT) -> Recorded:
        """Record a batch. New tasks are created with the scope of their first example.

        Data under a task's former name goes to the task.

        Args:
            batch: what to record.
            kept: how many model-labelled examples a task keeps.

        Returns:
            What it means for versions of tools.

        Raises:
            StoreFullError: nothing more can be written; nothing of the batch was written, so it can be given again.
            OutdatedError: another task was found after `batch.seen`; nothing was written.
        """
        meant = {answer.task for answer in batch.answers if answer.task is not None}
        tools = {answer.tool[0] for answer in batch.answers if answer.tool is not None}
        tools |= {name for _, names in batch.shadows for name in names}
        with self.writing() as connection:
            if batch.again and (known := on_record(connection, batch.answers)):
                batch = replace(batch, answers=[one for one in batch.answers if one.serial not in known])
            if batch.seen is not None:
                refuse_outdated(connection, batch.seen)
            said = {*batch.came, *batch.placed.values(), *(name for name, _ in batch.examples)}
            names = current_names(connection, meant | said)
            own = current_names(connection, tools, merged=False)
            served = by_version(connection, batch.answers, own)
            insert_answers(connection, batch.answers, names, served.by)
            settle(connection, (answer.usage for answer in batch.answers))
            place_answers(connection, {key: names[name] for key, name in batch.placed.items()})
            wanted = {names[name]: example.scope for name, example in reversed(batch.examples)}
            ids, changed = ensure_tasks(connection, dict.fromkeys((names[name] for name in batch.came), ANY) | wanted)
            new = [(ids[names[name]], example) for name, example in batch.examples]
            changed |= add_to_samples(connection, of_their_scope(connection, new), kept)
            count_came(connection, [(ids[names[name]], more) for name, more in batch.came.items()])
            if changed:
                wake(connection, changed)
                touch(connection, changed)
            count_guards(connection, batch.answers, names)
            compared = compare_all(connection, batch.shadows, own)
            recorded = count_served(connection, served.given)
            exact = audit_exact(connection, batch.answers, names, batch.audit)
            return replace(recorded, due=recorded.due + compared + exact)

    def record_making(  # noqa: PLR0913  # a making has that many results, each optional and by name
        self,
        making: Making,
        program: Program | None,
        *,
        owner: str | None = None,
        came: int = 0,
        demonstrations: tuple[Demonstration, ...] = (),
        verification: Verification = Verification(),  # frozen
        second: Program | None = None,
        form: Form | None = None,
        dropped: Sequence[tuple[str, str]] = (),
        promote: bool = True,
        goal: Goal = UNWATCHED,
        parts: Parts | None = None,
    ) -> ToolVersion | None:
        """Record a finished making with all that follows from it, in one transaction.

        The program becomes the next version of the task's tool and serves it. The claim and the journal are cleared. A
        task that a tool already serves stays served if the making led to no tool. A program that a person or an
        auditor withdrew from a task stays withdrawn if it is made again.

        Args:
            making: the finished making.
            program: the program, made or reused; None if the making led to none.
            owner: the owner of the claim for it; None if nobody claimed it.
            came: the value of the task's counter when the making began.
            demonstrations: the demonstrations from the verified examples.
            verification: what the program was verified with.
            second: another program, made independently; only answers on which both agree are given.
            form: the form of the task's answers; None leaves it as it is.
            dropped: labels that are no longer evidence: questions with reasons.
            promote: whether the version serves from now on or waits for another event.
            goal: what the version must show: it may have to earn its promotion before it serves.
            parts: the tasks that the task becomes, with their examples, if it turned out to be of several kinds.

        Returns:
            The version as stored. None without a program, or if the owner no longer holds the claim: in that case
            the making is on record and nothing follows from it.

        Raises:
            StoreError: the making names a different tool from the one that it comes with.
        """
        if making.tool_id != (program.id if program else None):
            raise StoreError(f"The making names {making.tool_id} but comes with {program.id if program else None}.")
        with self.writing() as connection:
            name = current_names(connection, [making.task])[making.task]
            making = replace(making, task=name)
            if not put_on_record(connection, making, owner):
                return None
            if program is None and not ids_of(connection, [name]):
                return None  # it led to nothing, and no task needs its record
            task_id, _ = ensure_task(connection, name)
            drop_labels(connection, task_id, name, dropped, "maker")
            if form is not None:
                connection.execute(update(tasks).where(tasks.c.id == task_id).values(form=form.dump()))
            stored = None
            if program:
                new = ToolVersion(name, program, 0, demonstrations, verification, second=second)
                stored = take_up(connection, task_id, new, making.reason, goal, serves=promote)
            if parts:
                split_task(connection, name, parts, making.reason)
                return None
            conclude(connection, task_id, making, came, stored)
            touch(connection, [task_id])
        return stored

    def postpone_making(self, task: str, why: str, retry_at: float) -> None:
        """Record that a making could not be carried out, and when to try again.

        Args:
            task: the task's name.
            why: what failed, in one sentence.
            retry_at: seconds since the epoch, by the database's clock.

        Raises:
            NotFoundError: there is no such task.
        """
        with self.writing() as connection:
            name = current_names(connection, [task])[task]
            task_id = id_of(connection, name)
            failed = {"failures": tasks.c.failures + 1, "retry_at": retry_at}
            connection.execute(update(tasks).where(tasks.c.id == task_id).values(failed))
            event = Event(EventKind.POSTPONED, name, None, "maker", why, {"retry_at": retry_at})
            append_events(connection, task_id, [event])
            touch(connection, [task_id])
