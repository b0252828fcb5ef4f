"""Guards in the database: how often each kept a task's tool from answering, and how often the tool was then wrong."""

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
    """The effect of one guard on a task.

    Attributes:
        held: how many questions it kept the tool from answering, which the model then answered.
        wrong: how many of the tool's held-back answers differ from the model's; 0 if there were none, such as
            when the tool abstains.
    """

    held: int
    wrong: int


class GuardTable(Database):
    """The guards in the tool cache."""

    def guards(self) -> dict[str, dict[str, Guarded]]:
        """The effect of each guard, by task and guard."""
        found: defaultdict[str, dict[str, Guarded]] = defaultdict(dict)
        rows = select(tasks.c.name, guards).join(tasks, tasks.c.id == guards.c.task_id)
        with self.reading() as connection:
            for row in connection.execute(rows).all():
                found[row.name][row.guard] = Guarded(row.held, row.wrong)
        return dict(found)


def count_guards(connection: Connection, batch: Sequence[Answer], names: Mapping[str, str]) -> None:
    """Count the tools' answers that guards held back, for direct answers that are being recorded."""
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
