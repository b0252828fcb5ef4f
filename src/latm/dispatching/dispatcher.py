"""The dispatcher: from questions to the tools that answer them. The parser is the proof."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from latm.concurrency import gather
from latm.dispatching.catalogue import Catalogue
from latm.dispatching.model import ModelDispatcher
from latm.sandbox.protocol import Result, Sandbox, Verdict
from latm.task import Task
from latm.tool import ANSWER_FUNCTION, Tool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where a question belongs.

    Attributes:
        question: the text.
        task: the task it is taken to belong to; None where it is of no known kind.
        tool: the tool that serves that task; None without one.
        text: the tool's answer, where its parser accepted the question; None where it abstained.
        evidence: in one sentence, why.
    """

    question: str
    task: Task | None = None
    tool: Tool | None = None
    text: str | None = None
    evidence: str = "of no known kind"


class Dispatcher:
    """Shortlist, then the candidates' own parsers, then the model dispatcher where one is set, then unknown.

    Args:
        catalogue: the known tasks.
        sandbox: where the candidates' tools run.
        shortlist: how many candidates are tried on a question.
        model: chooses among the candidates that abstained, as in the paper; None: only wording decides.
    """

    def __init__(
        self, catalogue: Catalogue, sandbox: Sandbox, *, shortlist: int, model: ModelDispatcher | None = None
    ) -> None:
        self._catalogue = catalogue
        self._sandbox = sandbox
        self._shortlist = shortlist
        self._model = model

    async def dispatch(self, questions: Sequence[str]) -> list[Dispatch]:
        """One dispatch per question, in order."""
        candidates = [self._catalogue.candidates(question, self._shortlist) for question in questions]
        results = await self._try_tools(questions, candidates)
        return [
            self._accepted(question, tasks, results) or await self._abstained(question, tasks, results)
            for question, tasks in zip(questions, candidates, strict=True)
        ]

    async def _try_tools(
        self, questions: Sequence[str], candidates: Sequence[Sequence[Task]]
    ) -> dict[tuple[str, str], Result]:
        """What each candidate's tool says to each question, by tool and question; one batch a tool."""
        asked: defaultdict[str, dict[str, None]] = defaultdict(dict)
        tools: dict[str, Tool] = {}
        for question, tasks in zip(questions, candidates, strict=True):
            for tool in map(self._tool, tasks):
                tools[tool.id] = tool
                asked[tool.id][question] = None
        batches = await gather([partial(self._try_tool, tools[tool_id], list(asked[tool_id])) for tool_id in asked])
        return {key: result for batch in batches for key, result in batch.items()}

    async def _try_tool(self, tool: Tool, questions: Sequence[str]) -> dict[tuple[str, str], Result]:
        results = await self._sandbox.batch(tool.program, ANSWER_FUNCTION, [(question,) for question in questions])
        return {(tool.id, question): result for question, result in zip(questions, results, strict=True)}

    def _tool(self, task: Task) -> Tool:
        tool = self._catalogue.tool(task.name)
        if tool is None:
            raise KeyError(task.name)
        return tool

    def _accepted(
        self, question: str, tasks: Sequence[Task], results: dict[tuple[str, str], Result]
    ) -> Dispatch | None:
        """The answer that all accepting tools agree on; None where none accepts or two disagree.

        The tool may be a sibling's: one for five objects that takes seven where the tool for seven abstains.
        """
        accepting = [task for task in tasks if _answered(results[self._tool(task).id, question])]
        texts = {results[self._tool(task).id, question].value for task in accepting}
        if len(texts) != 1:
            return None
        task = self._catalogue.most_alike(question, tasks)
        tool = self._tool(task if task in accepting else accepting[0])
        evidence = f"the parser of tool {tool.id} accounts for the whole question"
        return Dispatch(question, task, tool, texts.pop(), evidence)

    async def _abstained(
        self, question: str, tasks: Sequence[Task], results: dict[tuple[str, str], Result]
    ) -> Dispatch:
        """Where a question belongs that no tool answers."""
        verdicts = {task.name: results[self._tool(task).id, question] for task in tasks}
        if sum(map(_answered, verdicts.values())) > 1:
            return Dispatch(question, evidence="tools of several tasks accept it and disagree")
        task = await self._model.choose(question, tasks) if self._model else self._catalogue.kind_of(question)
        if task is None:
            return Dispatch(question)
        return Dispatch(question, task, self._catalogue.tool(task.name), None, _why(task, verdicts.get(task.name)))


def _answered(result: Result) -> bool:
    return result.verdict is Verdict.OK and isinstance(result.value, str)


def _why(task: Task, result: Result | None) -> str:
    if result is None:
        return f"worded like {task.name}, which is {task.status}"
    if result.verdict is Verdict.ABSTAINED:
        return f"worded like {task.name}, whose tool abstains"
    return f"worded like {task.name}, whose tool failed: {result.verdict} {result.detail}".rstrip()
