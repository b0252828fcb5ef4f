"""Business days: the date that is some working days after another, past weekends and holidays."""

import random
from datetime import date, timedelta

from latm import Instance

NAME = "business_days"
FIRST, LAST = date(2023, 1, 1), date(2027, 12, 31)
THINGS = ("parcel was posted", "ticket was opened", "contract was signed", "complaint came in", "payment was made")
SATURDAY = 5


def generate(rng: random.Random) -> Instance:
    """Draw a start, a number of working days, and holidays near them."""
    start = FIRST + timedelta(days=rng.randrange((LAST - FIRST).days))
    days = rng.randint(2, 30)
    holidays = sorted({start + timedelta(days=rng.randint(1, days * 7 // 5 + 4)) for _ in range(rng.randint(1, 3))})
    question = (
        f"A {rng.choice(THINGS)} on {_told(start)}. Which date is {days} working days later? Monday to Friday are "
        f"working days, except these public holidays: {', '.join(map(_told, holidays))}. Start counting on the day "
        "after; dates are day.month.year. Answer with the date only, as dd.mm.yyyy."
    )
    return Instance(question, answer=_told(_later(start, days, holidays)), task=NAME)


def _later(day: date, working_days: int, holidays: list[date]) -> date:
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < SATURDAY and day not in holidays
    return day


def _told(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year}"
