"""A journal: unfinished work is taken up again without asking twice."""

import anyio
import pytest
from asking import ask
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import ProviderError
from latm.models.journal import Journaled, Occurrences
from latm.models.port import Completion
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


class Kept(dict[tuple[str, int], Completion]):
    """A journal in memory."""

    def get(self, key: str, occurrence: int) -> Completion | None:  # type: ignore[override]  # a dict by two names
        return super().get((key, occurrence))

    def put(self, key: str, occurrence: int, completion: Completion) -> None:
        self[key, occurrence] = completion


async def work(model: ScriptedModel, journal: Kept, questions: str) -> list[str]:
    journaled = Journaled(model, journal)
    return [(await journaled.complete(ask(question))).text for question in questions]


@given(questions=st.text("ab", max_size=10), data=st.data())
def test_work_taken_up_again_goes_as_if_never_interrupted(questions: str, data: st.DataObject) -> None:
    stop = data.draw(st.integers(0, len(questions)))
    journal = Kept()
    model = ScriptedModel([str(number) for number in range(len(questions))])
    done = anyio.run(work, model, journal, questions[:stop])
    again = anyio.run(work, model, journal, questions)
    assert again[:stop] == done
    assert len(model.requests) == len(questions)


async def test_a_failure_is_not_kept_and_is_asked_again() -> None:
    journal = Kept()
    journaled = Journaled(ScriptedModel([ProviderError("no"), "yes", "no more"]), journal)
    with pytest.raises(ProviderError):
        await journaled.complete(ask("?"))
    assert (await journaled.complete(ask("?"))).text == "yes"
    assert await work(ScriptedModel([]), journal, "?") == ["yes"]


async def test_it_has_the_name_of_its_model_and_closes_it() -> None:
    model = ScriptedModel([], name="strong")
    journaled = Journaled(model, Kept())
    assert journaled.name == "strong"
    await journaled.close()
    assert model.closed


def test_requests_under_way_at_once_have_different_numbers() -> None:
    numbers = Occurrences()
    with numbers.take("k") as first, numbers.take("k") as second, numbers.take("other") as other:
        assert (first, second, other) == (0, 1, 0)
