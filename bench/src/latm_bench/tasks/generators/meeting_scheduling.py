"""Scheduling a meeting: the earliest time at which everybody is free for long enough."""

import functools
import random

from latm import Instance
from latm_bench.tasks.generators.wording import PEOPLE

NAME = "meeting_scheduling"
DAY = (8 * 60, 18 * 60)
STEP = 15
LENGTHS = (15, 20, 30, 45, 60)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

Period = tuple[int, int]


def generate(rng: random.Random) -> Instance:
    """Draw free periods for a few people; the answer is the start of the first long enough one that they share."""
    people = rng.sample(PEOPLE, rng.choice((2, 2, 3)))
    length = rng.choice(LENGTHS)
    calendars = [_free_periods(rng) for _ in people]
    lines = "\n".join(
        f"{person}: {', '.join(f'{_clock(start)}-{_clock(end)}' for start, end in periods)}"
        for person, periods in zip(people, calendars, strict=True)
    )
    question = (
        f"On {rng.choice(WEEKDAYS)} these people are free at these times only:\n{lines}\n"
        f"Find the earliest time for a meeting of {length} minutes that all of them can attend from start to end. "
        "It may begin and end exactly when a free period does. "
        "Answer with the start and the end as hh:mm-hh:mm (24-hour clock), or with none if there is no such time."
    )
    return Instance(question, answer=_earliest(calendars, length), task=NAME)


def _free_periods(rng: random.Random) -> list[Period]:
    """One to three periods of a day, apart from each other, on a grid of a quarter of an hour."""
    borders = sorted(rng.sample(range(DAY[0], DAY[1] + 1, STEP), 2 * rng.randint(2, 3)))
    return list(zip(borders[::2], borders[1::2], strict=True))


def _earliest(calendars: list[list[Period]], length: int) -> str:
    for start, end in functools.reduce(_common, calendars):
        if end - start >= length:
            return f"{_clock(start)}-{_clock(start + length)}"
    return "none"


def _common(ours: list[Period], theirs: list[Period]) -> list[Period]:
    overlaps = ((max(a, c), min(b, d)) for a, b in ours for c, d in theirs)
    return sorted((start, end) for start, end in overlaps if start < end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
