"""What a file holds, told before anything is asked."""

import random

from latm.batch.outline import outline
from latm.settings import Settings
from latm.task import Instance
from latm_bench.tasks.generators import support_tickets, word_sorting


def test_letters_under_one_instruction_are_one_kind_whatever_sentences_they_share() -> None:
    rng = random.Random(1)
    asked = [kind.generate(rng).question for _ in range(40) for kind in (support_tickets, word_sorting)]
    told = outline(map(Instance, asked), Settings())
    assert [kind.questions for kind in told.kinds] == [40, 40]
