"""Tickets that hold an order number: prose in which hardly two words follow each other twice."""

import random

ASK = "Find the order number that stands in this ticket and reply with it alone."
LAYOUTS = {
    "text last": ASK + "\n\n{}",
    "text between marks": ASK + "\n<ticket>\n{}\n</ticket>",
    "text first": "{}\n\n" + ASK,
}
SENSIBLE = """```python
'''Order numbers in tickets.'''
import re
LAYOUT = {layout!r}
def parse(question):
    before, after = LAYOUT.split("{{}}")
    question = question.strip()
    if not (question.startswith(before.strip()) and question.endswith(after.strip())):
        return None
    text = question[len(before.strip()):len(question) - len(after.strip())]
    found = set(re.findall(r"\\bKD-\\d{{6}}\\b", text))
    return {{"number": {chosen}}} if {sure} else None
def solve(number):
    return number
def answer(value, question):
    return value
```"""
_SYLLABLES = ("ba", "do", "fi", "gu", "ke", "la", "mo", "ni", "pu", "re", "sa", "to")
_VERBS = ("was near", "met", "saw", "lies behind", "is", "left")


def ticket(rng: random.Random, number: str) -> str:
    words = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(36)]
    verbs = rng.choices(_VERBS, k=9)
    parts = [f"The {' '.join(words[at : at + 3])} {verbs[at // 4]} {words[at + 3]}." for at in range(0, 36, 4)]
    parts.insert(rng.randint(1, 8), f"My order is {number}.")
    return " ".join(parts)


def tool(layout: str, chosen: str = "found.pop()", sure: str = "len(found) == 1") -> str:
    return SENSIBLE.format(layout=LAYOUTS[layout], chosen=chosen, sure=sure)


HALF = """```python
'''Order numbers and one more.'''
LAYOUT = {layout!r}
ARGUMENTS = {{
    "type": "object",
    "properties": {{"number": {{"type": "integer", "description": "the digits"}}, {asked}}},
}}
{parse}
def solve({takes}):
    return number + {plus}
def answer(value, question):
    return str(value)
```"""


def half(plus: str = "1", parse: str = "", asked: str = "", takes: str = "number") -> str:
    """A tool that leaves the reading, or some of it, to a light model."""
    layout = LAYOUTS["text between marks"]
    return HALF.format(layout=layout, plus=plus, parse=parse, asked=asked, takes=takes)
