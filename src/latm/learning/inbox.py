"""The inbox: answers to learn from, and jobs for the one thread that writes."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from latm.answer import FREE, Answer, Route

if TYPE_CHECKING:
    from concurrent.futures import Future

ENOUGH = 256
"""How many answers are worth a transaction."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The result of a lesson.

    Attributes:
        ripe: the tasks that are now ripe for a tool.
        placed: the questions whose kind was found, by the digest of their scope and their text, each with its
            task.
    """

    ripe: Sequence[str] = ()
    placed: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Answers to learn from, in the order of their stream.

    Attributes:
        answers: the answers as they were given.
        remaining: questions still to come in the stream; None if unknown.
        done: gets the result; None if nobody waits.
    """

    answers: Sequence[Answer]
    remaining: int | None = None
    done: "Future[Learnt] | None" = None


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do on the writer's thread.

    Attributes:
        call: what to do.
        done: gets what the call returns or raises.
    """

    call: Callable[[], Any]
    done: "Future[Any]"


class Inbox:
    """Stands between the event loop, which never waits, and the writer, which may.

    A job goes before waiting lessons, and one lesson goes before the next job: makings must not queue behind all the
    traffic, and paid answers must not queue behind all the audits. A job that saves what was paid for waits for
    neither. A job that keeps claims waits for nothing at all: a process that loses one pays twice.

    A full inbox sheds: a tool's answer is then counted but neither learnt from nor logged. What a model was paid for is
    always accepted; models limit how much of that can wait.

    Args:
        bound: how many answers may wait.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._lessons: deque[Lesson] = deque()
        self._jobs: deque[Job] = deque()
        self._paid: deque[Job] = deque()
        self._put = 0
        self._taken = 0
        self._shed = 0
        self._awaited_put = 0
        self._awaited_taken = 0
        self._wake = threading.Event()

    @property
    def waiting(self) -> int:
        """How many answers wait to be taken out."""
        # Each side keeps its own count, so that no count is written by two threads.
        return self._put - self._taken

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the result of a lesson in it."""
        return self._awaited_put != self._awaited_taken

    @property
    def is_crowded(self) -> bool:
        """Whether it is more than half full."""
        return 2 * self.waiting > self._bound

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._lessons and not self._jobs and not self._paid

    def put(self, lesson: Lesson) -> None:
        """Accept answers at once. Only the event loop may call this."""
        if self.waiting + len(lesson.answers) > self._bound:
            paid = [answer for answer in lesson.answers if answer.route not in FREE]
            self._shed += len(lesson.answers) - len(paid)
            lesson = Lesson(paid, lesson.remaining, lesson.done)
        self._put += len(lesson.answers)
        self._awaited_put += lesson.done is not None
        self._lessons.append(lesson)
        if lesson.done is not None or self.waiting >= ENOUGH or _teaches(lesson):
            self._wake.set()

    def do(self, job: Job, *, is_paid: bool = False, is_first: bool = False) -> None:
        """Accept a job.

        Args:
            job: what to do.
            is_paid: whether it saves what was paid for, and so goes before all jobs that do not.
            is_first: whether it goes before everything that waits.
        """
        if is_first:
            self._paid.appendleft(job)
        else:
            (self._paid if is_paid else self._jobs).append(job)
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Wait until something needs attention, for at most this many seconds."""
        self._wake.wait(seconds)
        self._wake.clear()

    def paid(self) -> Job | None:
        """The next job that saves what was paid for; None if none waits."""
        return self._paid.popleft() if self._paid else None

    def job(self) -> Job | None:
        """The next of the other jobs; None if none waits."""
        return self._jobs.popleft() if self._jobs else None

    def lesson(self) -> Lesson | None:
        """The waiting lessons, as one of about `ENOUGH` answers. A lesson that somebody waits for comes alone.

        None if none waits.
        """
        answers: list[Answer] = []
        while self._lessons and len(answers) < ENOUGH:
            if self._lessons[0].done is not None:
                if not answers:
                    lesson = self._lessons.popleft()
                    self._taken += len(lesson.answers)
                    self._awaited_taken += 1
                    return lesson
                break
            answers += self._lessons.popleft().answers
        self._taken += len(answers)
        return Lesson(answers) if answers else None

    def shed(self) -> int:
        """How many answers were shed since the last call."""
        count, self._shed = self._shed, 0
        return count


def _teaches(lesson: Lesson) -> bool:
    return any(answer.route is Route.DIRECT for answer in lesson.answers)
