"""Tools and questions for the sandbox's benchmark; plain Python that every executor is given unchanged."""

import random

DYCK = """
PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
ASKED = "Complete the rest of the sequence, making sure that the parentheses are closed properly. Input: "

def parse(question):
    if not question.startswith(ASKED):
        return None
    sequence = question[len(ASKED):].split(" ")
    for bracket in sequence:
        if bracket not in "()[]{}<>" or len(bracket) != 1:
            return None
    return {"sequence": sequence}

def solve(sequence):
    stack = []
    for bracket in sequence:
        if bracket in PAIRS:
            stack.append(PAIRS[bracket])
        else:
            stack.pop()
    return stack[::-1]

def answer(value, question):
    return " ".join(value)

def latm_answer(question):
    arguments = parse(question)
    return None if arguments is None else answer(solve(**arguments), question)
"""

SORTING = """
ASKED = "Sort the following words alphabetically: List: "

def parse(question):
    if not question.startswith(ASKED):
        return None
    words = question[len(ASKED):].split()
    return {"words": words} if all(word.isalpha() for word in words) else None

def solve(words):
    return sorted(words)

def answer(value, question):
    return " ".join(value)

def latm_answer(question):
    arguments = parse(question)
    return None if arguments is None else answer(solve(**arguments), question)
"""

REMAINDERS = """
def latm_answer(question):
    rests = [[int(number) for number in part.split(" mod ")] for part in question.split(", ")]
    total, product = 0, 1
    for rest, modulus in rests:
        while total % modulus != rest:
            total += product
        product *= modulus
    return str(total)
"""

CLOSING = 0.4
"""How often a bracket closes the last one rather than opening another."""

TOOLS = {"dyck": DYCK, "word sorting": SORTING, "remainders": REMAINDERS}


def questions(tool: str, count: int) -> list[str]:
    """So many questions of a tool, the same ones every time."""
    source = random.Random(tool)  # noqa: S311  # questions, no secrets
    ask = {"dyck": _dyck, "word sorting": _words, "remainders": _remainders}[tool]
    return [ask(source) for _ in range(count)]


def _dyck(source: random.Random) -> str:
    asked = "Complete the rest of the sequence, making sure that the parentheses are closed properly. Input: "
    opened: list[str] = []
    sequence: list[str] = []
    for _ in range(source.randint(8, 28)):
        if opened and source.random() < CLOSING:
            sequence.append(opened.pop())
        else:
            pair = source.choice(["()", "[]", "{}", "<>"])
            sequence.append(pair[0])
            opened.append(pair[1])
    return asked + " ".join([*sequence, *([] if opened else ["("])])


def _words(source: random.Random) -> str:
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(3, 10))) for _ in range(12)]
    return f"Sort the following words alphabetically: List: {' '.join(words)}"


def _remainders(source: random.Random) -> str:
    wanted = source.randint(0, 3 * 5 * 7 * 11 - 1)
    return ", ".join(f"{wanted % modulus} mod {modulus}" for modulus in (3, 5, 7, 11))
