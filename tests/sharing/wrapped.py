"""Wrapped tools as the original LATM repository has them, in its own ways of ending."""

import json
from pathlib import Path
from typing import Any

WARD = "def warden(shifts, name):\n    return dict(shifts)[name]\n"
SLOT = "def first_common(ones, others):\n    return next((slot for slot in ones if slot in others), None)\n"
DOUBLE = "def double(words):\n    return [word for word in words for _ in range(2)]\n"


def ward(n: int) -> tuple[str, str]:
    wards = ["east", "west", "north"]
    options = "Options:\n(A) east\n(B) west\n(C) north"
    return f"Ann{n} watches the {wards[n % 3]} ward. Which ward does Ann{n} watch?\n{options}", wards[n % 3]


def conversation(function: str, uses: list[tuple[str, str, str]], *, told_before: bool = False) -> list[dict[str, Any]]:
    """Messages whose last one wraps a function: uses are questions, right answers and code."""
    shown = "\n\n".join(
        f"Question: {question}\n{'' if told_before else f'Answer: {answer}'}\n\nSolution:\n```python\n{code}\n```"
        for question, answer, code in uses
    )
    before = "\n\n".join(f"Question: {question}\nAnswer: {answer}" for question, answer, _ in uses)
    return [
        {"role": "user", "content": before},
        {"role": "assistant", "content": f"```python\n{function}```"},
        {"role": "assistant", "content": f"Here is a function:\n```python\n{function}```\n\nUse cases:\n\n{shown}"},
    ]


def indices() -> list[dict[str, Any]]:
    uses = []
    for n in range(3):
        question, where = ward(n)
        code = f"options = ['east', 'west', 'north']\nret = warden([('Ann{n}', {where!r})], 'Ann{n}')\n"
        code += "ans = options.index(ret) + 1"
        uses.append((question, f"({'ABC'[n % 3]})", code))
    return conversation(WARD, uses)


def letters() -> list[dict[str, Any]]:
    uses = []
    for n in range(3):
        question, where = ward(n)
        code = "options = {'A': 'east', 'B': 'west', 'C': 'north'}\n"
        code += f"ans = [k for k, v in options.items() if v == warden([('Ann{n}', {where!r})], 'Ann{n}')][0]"
        uses.append((question, f"({'ABC'[n % 3]})", code))
    return conversation(WARD, uses, told_before=True)


def tuples() -> list[dict[str, Any]]:
    both = "ans = first_common([('09:00', '10:00')], [('09:00', '10:00')])"
    uses = [(f"When do both have time on day {n}?", "09:00 - 10:00", both) for n in range(2)]
    none = "ret = first_common([], [])\nans = ret if ret else 'No time slot works.'"
    return conversation(SLOT, [*uses, ("When do both have time on no day?", "No time slot works.", none)])


def numbered() -> list[dict[str, Any]]:
    code = "words{n} = ['w{n}']\nans{n} = ' '.join(double(words{n}))"
    uses = [(f"Say twice: w{n}", f"w{n} w{n}", code.format(n=n)) for n in range(1, 4)]
    return conversation(DOUBLE, uses)


WRAPPED = {
    "an index into the options": indices(),
    "a letter, told before": letters(),
    "a tuple now and then": tuples(),
    "ans1, ans2, ans3": numbered(),
}


def written(path: Path, messages: object) -> Path:
    path.write_text(json.dumps(messages))
    return path
