"""The inbox: what it sheds, and whether somebody waits."""

from concurrent.futures import Future

from latm.answer import Answer, Route
from latm.learning.inbox import Inbox, Learnt, Lesson

PAID, FREE = (Answer("What is 1 and 2?", "3", route) for route in (Route.DIRECT, Route.TOOL))


def test_a_full_inbox_sheds_what_tools_answered_and_counts_it_once() -> None:
    inbox = Inbox(bound=2)
    inbox.put(Lesson([FREE, PAID, FREE]))
    assert inbox.lesson() == Lesson([PAID])
    assert (inbox.shed(), inbox.shed()) == (2, 0)


def test_an_inbox_is_awaited_until_the_lesson_that_somebody_waits_for_is_taken_out() -> None:
    inbox, awaited = Inbox(bound=9), list[bool]()
    for done in (None, Future[Learnt]()):
        inbox.put(Lesson([PAID], done=done))
        awaited.append(inbox.is_awaited)
    while inbox.lesson():
        awaited.append(inbox.is_awaited)
    assert awaited == [False, True, True, False]
