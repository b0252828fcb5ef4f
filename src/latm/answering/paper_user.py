"""The paper's tool user: it reads a wrapped tool and writes the code that calls it (arXiv 2305.17126, section 3.2)."""

import re

from latm.answering.tool_user import Used
from latm.models import Model, Request
from latm.models.port import Message
from latm.prompting import render
from latm.sandbox.protocol import Result, Sandbox, Verdict
from latm.tool import ToolVersion

CODE = "code"
"""The name under which a paper tool's demonstrations hold the code that answers their question."""

_ANSWER_FUNCTION = "latm_paper_answer"
_FINISH = f"""

def {_ANSWER_FUNCTION}(name, options):
    value = globals()[name]
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= len(options):
        return options[value - 1][0]
    if isinstance(value, str):
        letters = [label for label, _ in options if value in (label, label.strip("()"))]
        exact = [label for label, text in options if value == text]
        part = [label for label, text in options if value and value in text]
        return [*letters, *exact, *(part if len(part) == 1 else []), value][0]
    if isinstance(value, (list, tuple)):
        texts = [str(item) for item in value]
        times = len(texts) == 2 and all(text.replace(":", "").isdigit() and ":" in text for text in texts)
        return (" - " if times else " ").join(texts)
    return None if value is None else str(value)
"""
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_RESULT = re.compile(r"^[ \t]*(ans\w*)[ \t]*=(?!=)", re.MULTILINE)
_OPTION = re.compile(r"^[ \t]*(\([A-Z]\))[ \t]+(.+?)[ \t]*$", re.MULTILINE)


class PaperToolUser:
    """Writes the calling code for a question and runs it.

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
        """Answer with a paper tool. What its code leaves in the last of `ans`, `ans1`, … is read as LATM reads it.

        If the question lists options, a number is the option at that place, from 1; a letter, or a text that
        only one option holds, is that option. Two clock times are a span, joined by " - ". The items of any other
        list are joined by spaces. None is not an answer.

        Raises:
            ModelError: the model could not answer.
            SandboxError: the machine failed.
        """
        prompt = render(
            "latm.answering", "paper_user", function=tool.source.strip(), uses=uses_of(tool), question=question.strip()
        )
        request = Request([Message("user", prompt)], purpose="tool-user", temperature=self._temperature)
        completion = await self._model.complete(request)
        code = read_code(completion.text)
        result = await run_code(self._sandbox, tool.source, code, question)
        if result.verdict is not Verdict.OK:
            return Used(None, completion.usage, f"the calling code failed: {result.verdict} {result.detail}".rstrip())
        return Used(result.text, completion.usage, f"tool {tool.id} by code that the tool user wrote")


async def run_code(sandbox: Sandbox, function: str, code: str, question: str) -> Result:
    """Run calling code after a paper tool's function and return what it found for the question, as text.

    Raises:
        SandboxError: the machine failed.
    """
    program = calling_program(function, code)
    return await sandbox.call(program, _ANSWER_FUNCTION, result_of(code), options_of(question))


def calling_program(function: str, code: str) -> str:
    """A program that runs calling code after a paper tool's function and can be asked for the result."""
    return f"{function.rstrip()}\n\n\n{code.rstrip()}\n{_FINISH}"


def result_of(code: str) -> str:
    """The variable that holds the result of calling code: the last one of `ans`, `ans1`, … that it sets."""
    found = [match[1] for match in _RESULT.finditer(code)]
    return found[-1] if found else "ans"


def options_of(question: str) -> list[list[str]]:
    """The options that a question lists, each as its label, such as `(A)`, and its text."""
    return [[label, text] for label, text in _OPTION.findall(question.partition("Options:")[2])]


def read_code(completion: str) -> str:
    """The code of a completion: its longest block, or the whole text if it has no block."""
    return max(_BLOCK.findall(completion), key=len, default=completion).strip("\n")


def question_key(question: str) -> str:
    """A key that two copies of a question share even if one has other line breaks or has lost its brackets."""
    return "".join(sign for sign in question.casefold() if sign.isalnum())


def uses_of(tool: ToolVersion) -> str:
    """A paper tool's demonstrations in the form that the tool user reads."""
    return "\n\n".join(
        f"Question: {shown.question}\nSolution:\n```python\n{shown.arguments[CODE]}\n```"
        for shown in tool.demonstrations
    )
