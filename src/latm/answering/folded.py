"""Questions that tools refuse as they are typed, tried again in the typography of the task's examples."""

from collections.abc import Mapping, Sequence

from latm.kinds import readings
from latm.known import Known
from latm.sandbox.protocol import Sandbox, Verdict
from latm.tool import ANSWER_FUNCTION

_LONGEST = 20_000
"""Characters: people hardly type longer texts, and folding them takes time."""


async def answers_as_typed_otherwise(sandbox: Sandbox, text: str, candidates: Sequence[Known]) -> Mapping[str, str]:
    """What the candidates' tools say of other ways in which a question may have been typed.

    Args:
        sandbox: where the tools run.
        text: the question's text, which all of them refuse as it is.
        candidates: served tasks; only tools that proved in making that they ignore typography are asked.

    Returns:
        The answers by the names of the tasks, without those of tools whose answers to the readings differ or are
        not in the form of the task.
    """
    said: dict[str, str] = {}
    for known in candidates if len(text) <= _LONGEST else ():
        if known.tool is None or known.tool.second is not None or not known.tool.verification.folds:
            continue
        asked = readings(text, [example.question for example in known.task.examples])
        calls = [(reading,) for reading in asked]
        results = await sandbox.batch(known.tool.program.code, ANSWER_FUNCTION, calls) if asked else []
        found = {one.text for one in results if one.verdict is Verdict.OK and one.text is not None}
        if len(found) == 1 and known.task.form.valid(answer := found.pop()):
            said[known.task.name] = answer
    return said
