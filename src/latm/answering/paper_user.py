"""The paper's tool user: it reads a wrapped tool and writes the code that calls it (arXiv 2305.17126, section 3.2)."""

import re

from latm.answering.tool_user import Used
from latm.models import Model, Request
from latm.models.port import Message
from latm.prompting import render
from latm.sandbox.protocol import Sandbox, Verdict
from latm.tool import ToolVersion

CODE = "code"
"""Under which name a paper tool's demonstrations hold the code that answers their question."""

_ANSWER_FUNCTION = "latm_paper_answer"
_FINISH = f"""

def {_ANSWER_FUNCTION}():
    value = ans
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
"""
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)


class PaperToolUser:
    """Writes the calling code for a question, and has it run.

    Args:
        model: a light model is enough.
        sandbox: where the code runs.
        temperature: 0 in the paper.
    """

    def __init__(self, model: Model, sandbox: Sandbox, *, temperature: float | None = 0.0) -> None:
        self._model = model
        self._sandbox = sandbox
        self._temperature = temperature

    async def answer(self, question: str, tool: ToolVersion) -> Used:
        """Answer by a paper tool; what the code leaves in `ans` is the answer, a list's items joined by spaces.

        Raises:
            ModelError: the model could not answer.
            SandboxError: the machine failed.
        """
        prompt = render(
            "latm.answering", "paper_user", function=tool.source.strip(), uses=uses_of(tool), question=question.strip()
        )
        request = Request([Message("user", prompt)], purpose="tool-user", temperature=self._temperature)
        completion = await self._model.complete(request)
        program = calling_program(tool.source, read_code(completion.text))
        result = await self._sandbox.call(program, _ANSWER_FUNCTION)
        if result.verdict is not Verdict.OK:
            return Used(None, completion.usage, f"the calling code failed: {result.verdict} {result.detail}".rstrip())
        return Used(result.text, completion.usage, f"tool {tool.id} by code that the tool user wrote")


def calling_program(function: str, code: str) -> str:
    """A program that runs calling code after a paper tool's function, and can be asked for `ans`."""
    return f"{function.rstrip()}\n\n\n{code.rstrip()}\n{_FINISH}"


def read_code(completion: str) -> str:
    """The code of a completion: its longest block, or the whole text where it has none."""
    return max(_BLOCK.findall(completion), key=len, default=completion).strip("\n")


def uses_of(tool: ToolVersion) -> str:
    """A paper tool's demonstrations as the tool user reads them."""
    return "\n\n".join(
        f"Question: {shown.question}\nSolution:\n```python\n{shown.arguments[CODE]}\n```"
        for shown in tool.demonstrations
    )
