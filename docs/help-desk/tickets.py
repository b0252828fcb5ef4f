"""Tickets of a help desk that does not exist, the same ones each time, with their right answers.

python3 docs/help-desk/tickets.py 500 > tickets.csv
"""

import csv
import json
import math
import random
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TextIO

COLUMNS = ("ticket_id", "opened", "subject", "body")
KINDS = ("return", "invoice", "disk", "visit", "parcel", "tone")
"""Five that a program can do, and one that needs judgement."""
_EMPTY_EVERY = 71
_ARTICLES = [
    'Lamp "Fjord", brass', "Oak shelf", 'Rug "Tove", 120 cm', "Desk, white", 'Chair "Ida"', "Curtain, 2.4 m", "Mirror",
    'Sofa cover "Lund", grey', "Wall clock", "Bed frame, 160 x 200", 'Vase "No. 5"', "Coat rack",
]  # fmt: skip
_NAMES = [
    "Mia Berg",
    'Jonas "Jo" Lindt',
    "A. Okafor",
    "Renée Petit",
    "Sam O'Neill",
    "Ewa Nowak",
    "Luca Conti",
    "N. Sato",
]
_SERVERS = ["web", "db", "mail", "backup", "build"]
_MOUNTS = ["/", "/var", "/home", "/srv/data", "/var/log"]
_TONES = {
    "calm": [
        "Just to let you know that the lamp arrived", "Thanks for the quick answer", "No hurry at all with this one",
        "I only wondered whether the oak will darken over the years", "The driver was very kind",
    ],
    "annoyed": [
        "This is the second time that I write", "I had hoped for more from you", "Nobody called me back, as so often",
        "The screws were missing again", "It would be nice if somebody read this",
    ],
    "furious": [
        "I want my money back NOW", "You will hear from my lawyer", "Never again will I buy anything from you",
        "This is a disgrace", "I have NEVER been treated like this",
    ],
}  # fmt: skip


class Ticket(NamedTuple):
    """A row of the table, with what is known about it.

    Attributes:
        ticket_id, opened, subject, body: the row.
        kind: one of `KINDS`; empty where the row has neither subject nor body.
        answer: the right one.
    """

    ticket_id: str
    opened: str
    subject: str
    body: str
    kind: str
    answer: str

    @property
    def question(self) -> str:
        """As the prompt's two holes put it."""
        return json.dumps({"subject": self.subject, "body": self.body}, ensure_ascii=False)


def tickets(count: int) -> list[Ticket]:
    """The first so many tickets; more of them begin with the same."""
    rng = random.Random(5)
    opened = datetime(2026, 3, 2, 8, 0)
    made = []
    for number in range(1, count + 1):
        opened += timedelta(minutes=rng.randint(1, 90))
        kind = "" if number % _EMPTY_EVERY == 0 else rng.choice(KINDS)
        subject, body, answer = _MAKERS[kind](rng) if kind else ("", "", "")
        made.append(Ticket(f"HD-{10_000 + number}", f"{opened:%Y-%m-%d %H:%M}", subject, body, kind, answer))
    return made


def _return(rng: random.Random) -> tuple[str, str, str]:
    order = f"NW-{rng.randint(10_000, 99_999)}"
    delivered = datetime(2026, 1, 5) + timedelta(days=rng.randint(0, 60))
    is_member = rng.random() < 0.4
    body = (
        f"Order: {order}\nDelivered: {delivered:%Y-%m-%d}\nMember: {'yes' if is_member else 'no'}\n"
        f"Article: {rng.choice(_ARTICLES)}"
    )
    return f"Return request for {order}", body, f"{delivered + timedelta(days=60 if is_member else 30):%Y-%m-%d}"


def _invoice(rng: random.Random) -> tuple[str, str, str]:
    lines, total = [], Decimal(0)
    for article in rng.sample(_ARTICLES, rng.randint(1, 4)):
        count, price = rng.randint(1, 6), Decimal(rng.randint(390, 24_990)) / 100
        lines.append(f"- {count} x {article} at EUR {price:.2f}")
        total += count * price
    shipping = Decimal(rng.choice(["0.00", "4.95", "19.00"]))
    listed = "\n".join(lines)
    body = (
        f"Good day,\nthe lines of my invoice are\n{listed}\nand shipping is EUR {shipping:.2f}.\n"
        f"Which total should it show?\n{rng.choice(_NAMES)}"
    )
    return f"Invoice RE-2026-{rng.randint(1, 9999):04}: wrong total?", body, f"EUR {total + shipping:.2f}"


def _disk(rng: random.Random) -> tuple[str, str, str]:
    server = f"{rng.choice(_SERVERS)}-{rng.randint(1, 24):02}"
    size = rng.choice([40, 100, 250, 500, 2000])
    tenths = rng.randint(size * 3, size * 10)
    percent = math.floor(Decimal(tenths) * 10 / size)
    word = "page" if percent >= 90 else "warn" if percent >= 80 else "ok"  # as the prompt says
    body = f"Volume: {rng.choice(_MOUNTS)}\nUsed: {tenths / 10:.1f} GB of {size} GB\nChecked by: cron"
    return f"[monitor] disk space on {server}", body, f"{word} {percent} %"


def _visit(rng: random.Random) -> tuple[str, str, str]:
    start = datetime(2026, 4, 1) + timedelta(days=rng.randint(0, 80), minutes=15 * rng.randint(24, 76))
    offset = rng.choice([-5, -4, 0, 1, 2, 3])
    zone = f"UTC{offset:+d}" if offset else "UTC"
    body = (
        f"Hello,\nplease send the fitter on {start:%Y-%m-%d} at {start:%H:%M} ({zone}).\n"
        f'It is about "{rng.choice(["the wardrobe", "a shelf that leans", "the kitchen, again", "a loose hinge"])}".\n'
        f"Best, {rng.choice(_NAMES)}"
    )
    return "Appointment with the fitter", body, f"{start - timedelta(hours=offset):%Y-%m-%d %H:%M} UTC"


def _parcel(rng: random.Random) -> tuple[str, str, str]:
    digits = "".join(rng.choices("0123456789", k=16))
    code = f"{rng.choice(['JD', 'LX', 'RB'])}{digits}"
    written = " ".join([code[:2], *(digits[at : at + 4] for at in range(0, 16, 4))])
    if rng.random() < 0.5:
        written = written.lower()
    body = f"Hi,\nmy parcel with the tracking number {written} has not come yet.\nWhere is it?\n\n{rng.choice(_NAMES)}"
    return "Where is my parcel?", body, code


def _tone(rng: random.Random) -> tuple[str, str, str]:
    tone = rng.choice([*_TONES])
    first, second = rng.sample(_TONES[tone], 2)
    about = rng.choice(_ARTICLES)
    body = f'{first}. It is about "{about}".\n{second}{"!" if tone == "furious" else "."}\n{rng.choice(_NAMES)}'
    return rng.choice(["Your shop", "Feedback", "My last order", "A word to you"]), body, tone


_MAKERS: dict[str, Callable[[random.Random], tuple[str, str, str]]] = {
    "return": _return,
    "invoice": _invoice,
    "disk": _disk,
    "visit": _visit,
    "parcel": _parcel,
    "tone": _tone,
}


def write(count: int, file: TextIO) -> None:
    """The first so many tickets as CSV."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(ticket[: len(COLUMNS)] for ticket in tickets(count))


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.stdout)
