"""The course of answers over time: by route, in equal steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from latm.answer import Route
from latm.store.database import Database
from latm.store.schema import answers


@dataclass(frozen=True, slots=True)
class Step:
    """The answers of one route in one step of time.

    Attributes:
        begun: when the step began: ISO 8601, UTC, to the hour.
        route: the route.
        answers: how many answers.
        tokens: how many tokens they took.
    """

    begun: str
    route: Route
    answers: int
    tokens: int


class CourseTable(Database):
    """The course of the answers in the tool cache."""

    def course(self, days: int) -> Sequence[Step]:
        """The answers of the last days, by route and hour, the oldest first.

        Args:
            days: how many days.
        """
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        step = func.substr(answers.c.answered_at, 1, len("2000-01-01T00")).label("step")
        spent = func.sum(answers.c.input_tokens + answers.c.output_tokens).label("tokens")
        columns = (step, answers.c.route, func.count().label("answers"), spent)
        grouped = select(*columns).where(answers.c.answered_at >= since).group_by(step, answers.c.route).order_by(step)
        with self.reading() as connection:
            rows = connection.execute(grouped).all()
        return [Step(row.step, Route(row.route), row.answers, int(row.tokens or 0)) for row in rows]
