"""Guards in the database: how often a task's tool was kept from answering, by what, and how often it was wrong then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from latm.answer import Answer, Route
from latm.form import Form
from latm.known import ABSENCE
from latm.store.database import Database
from latm.store.dialects import upsert
from latm.store.loading import form_from
from latm.store.revisions import touch
from latm.store.schema import guards, tasks


@dataclass(frozen=True, slots=True)
class Guarded:
    """What one guard has done for a task.

    Attributes:
        held: questions on which it kept the tool from answering, and the model answered.
        wrong: how many of the tool's answers that it held back differ from the model's; 0 where it held back none, as
            where the tool abstains.
    """

    held: int
    wrong: int


class GuardTable(Database):
    """What the tool cache knows of guards."""

    def guards(self) -> dict[str, dict[str, Guarded]]:
        """What each guard has done, by task and guard."""
        found: defaultdict[str, dict[str, Guarded]] = defaultdict(dict)
        rows = select(tasks.c.name, guards).join(tasks, tasks.c.id == guards.c.task_id)
        with self.reading() as connection:
            for row in connection.execute(rows).all():
                found[row.name][row.guard] = Guarded(row.held, row.wrong)
        return dict(found)


def count_guards(connection: Connection, batch: Sequence[Answer], names: Mapping[str, str]) -> None:
    """Count what guards held back of the direct answers that are being put on record."""
    held = [answer for answer in batch if answer.guard and answer.route is Route.DIRECT and answer.task is not None]
    if not held:
        return
    meant = {names[answer.task] for answer in held if answer.task is not None}
    rows = connection.execute(select(tasks.c.id, tasks.c.name, tasks.c.form).where(tasks.c.name.in_(meant))).all()
    known = {row.name: (row.id, form_from(row.form)) for row in rows}
    counts: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for answer in held:
        task_id, form = known.get(names[str(answer.task)], (0, Form()))
        if task_id:
            count = counts[task_id, answer.guard]
            count[0] += 1
            count[1] += bool(answer.held) and not form.same(answer.held, answer.text)
    for (task_id, guard), (more, wrong) in counts.items():
        if guard == ABSENCE:
            touch(connection, [task_id])
        new = upsert(connection, guards).values(task_id=task_id, guard=guard, held=more, wrong=wrong)
        grown = {"held": guards.c.held + new.excluded.held, "wrong": guards.c.wrong + new.excluded.wrong}
        connection.execute(new.on_conflict_do_update(index_elements=["task_id", "guard"], set_=grown))
