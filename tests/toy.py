"""A toy kind of question, and a scripted model that answers it and writes its tool."""

import re

from latm.models.port import Request

MAKER_STAGES = {"propose", "verify", "wrap"}

SUM_TOOL = r'''```python
"""Sums of two numbers."""
import re
def parse(question):
    found = re.fullmatch(r"Add the numbers (\d+) and (\d+)\. Reply with the sum only\.", question)
    return {"a": int(found[1]), "b": int(found[2])} if found else None
def solve(a, b):
    return a + b
def answer(value, question):
    return str(value)
```'''


def sum_question(a: int, b: int) -> str:
    return f"Add the numbers {a} and {b}. Reply with the sum only."


def difference_question(a: int, b: int) -> str:
    return f"Take the numbers {a} from {b}. Reply with the difference only."


def taste_question(a: int, b: int) -> str:
    return f"Which flock is the more graceful: {a} swans or {b} herons?"


def toy_reply(request: Request) -> str:
    """What a competent model would say of toy questions, whatever its role."""
    last = request.messages[-1].content
    if request.purpose in MAKER_STAGES:
        return SUM_TOOL if "Add the numbers" in last else "NO PROGRAM: this takes a poet"
    if request.purpose == "tool-user":
        return "null"
    if found := re.fullmatch(
        r"Add the numbers (\d+) and (\d+)\. Reply with the sum only\.", last.rpartition("Request:\n")[2]
    ):
        return str(int(found[1]) + int(found[2]))
    return "the herons"
