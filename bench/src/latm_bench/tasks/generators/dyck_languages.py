"""Dyck languages: a prefix of a well-bracketed sequence, to be completed."""

import random

from latm import Instance

NAME = "dyck_languages"
CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
LENGTHS = (2, 30)
MAX_DEPTH = 8


def generate(rng: random.Random) -> Instance:
    """Walk through brackets that open and close, and ask for those that are still to close."""
    length = rng.randint(*LENGTHS)
    sequence: list[str] = []
    still_open: list[str] = []
    while len(sequence) < length or not still_open:
        if not still_open or (len(still_open) < MAX_DEPTH and rng.random() < 0.5):  # noqa: PLR2004  # a fair coin
            still_open.append(rng.choice("([{<"))
            sequence.append(still_open[-1])
        else:
            sequence.append(CLOSING[still_open.pop()])
    question = (
        "Complete the sequence so that every bracket is closed in the right order. "
        "Answer with the missing closing brackets only, without spaces.\n"
        f"Sequence: {''.join(sequence)}"
    )
    return Instance(question, answer="".join(CLOSING[bracket] for bracket in reversed(still_open)), task=NAME)
