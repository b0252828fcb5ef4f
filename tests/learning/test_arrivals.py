"""Grouping on arrival, as recordings were made with it."""

from pathlib import Path

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.learning.arrivals import Arrivals, new_name
from latm.learning.inbox import Learnt
from latm.learning.kinds import Found
from latm.learning.learner import Learner
from latm.learning.watcher import Watcher
from latm.observing import LoggingObserver
from latm.question import Scope
from latm.settings import Settings
from latm.store import Batch, ToolCache
from latm.task import Example
from toy import sum_question, taste_question

NOTHING = Snapshot()


def direct(question: str, scope: Scope | None = None) -> Answer:
    return Answer(question, "7", Route.DIRECT, scope=scope or Scope())


def found(arrivals: Arrivals, *answers: Answer) -> list[Found]:
    for answer in answers:
        arrivals.add(answer)
    return arrivals.found(NOTHING)


def test_enough_alike_questions_are_a_new_kind_with_all_that_waited() -> None:
    arrivals = Arrivals(enough=3, bound=100)
    one, two, three = (direct(sum_question(n, n)) for n in range(3))
    assert found(arrivals, one, direct(taste_question(1, 2)), two, two) == []
    assert found(arrivals, three) == [Found(new_name(one.question), [one, two, three], is_new=True)]


def test_what_follows_at_once_is_of_the_new_kind() -> None:
    answers = [direct(sum_question(n, n)) for n in range(4)]
    [kind] = found(Arrivals(enough=3, bound=100), *answers)
    assert kind.answers == answers


def test_the_group_that_waited_longest_gives_way() -> None:
    arrivals = Arrivals(enough=2, bound=1)
    first, other = direct(sum_question(1, 1)), direct(taste_question(1, 2))
    assert found(arrivals, first, other) == []
    assert found(arrivals, direct(sum_question(2, 2))) == []


def test_each_scope_has_groups_of_its_own() -> None:
    arrivals = Arrivals(enough=2, bound=100)
    assert found(arrivals, direct(sum_question(1, 1)), direct(sum_question(2, 2), Scope("acme"))) == []


def test_a_name_is_the_first_words_with_a_digest() -> None:
    assert new_name("ADD 3 and 4!").startswith("add-and-")
    assert new_name("3 + 4").startswith("task-")


def test_a_question_of_a_known_kind_is_not_counted_again_by_the_next_process(tmp_path: Path) -> None:
    scope = Scope("acme")
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        cache.add_examples("sums", [Example(sum_question(n, n), str(2 * n), "m", scope) for n in range(6)])
        cache.record(Batch([direct(sum_question(7, 8), scope)]))
        watcher = Watcher(cache, LoggingObserver())
        watcher.refresh()
        learner = Learner(cache, watcher, Settings(grouping="arrival"), source="m", makes=False)
        learner.recall()
        assert learner.learn([], None) == Learnt()
