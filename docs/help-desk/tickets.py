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
_THINGS = [
    "Lamp", "Shelf", "Rug", "Desk", "Chair", "Curtain", "Mirror", "Sofa cover", "Wall clock", "Bed frame", "Vase",
    "Bench",
]  # fmt: skip
_LINES = ["Fjord", "Tove", "Ida", "Lund", "No. 5", "Holm", "Anna's", "Vik", "Moss", "Elm"]
_MATERIALS = ["brass", "oak", "grey", "120 cm", "white", "2.4 m", "160 x 200", "linen", "dark blue", "birch"]
_FIRST = ["Mia", "Jonas", "A.", "Renée", "Sam", "Ewa", "Luca", "N.", "Olga", "Per", "Aylin", "Tom"]
_LAST = ["Berg", "Lindt", "Okafor", "Petit", "O'Neill", "Nowak", "Conti", "Sato", "Ivanova", "Dahl", "Kaya", "Reed"]
_SERVERS = ["web", "db", "mail", "backup", "build"]
_MOUNTS = ["/", "/var", "/home", "/srv/data", "/var/log"]
_FAULTS = ["leans", "wobbles", "has lost a screw", "creaks, badly", "will not close", "does not fit", "is scratched"]
_TONES = {
    "calm": [
        "I only wondered whether the {} will darken over the years.", "Thanks for the quick answer about my {}.",
        "The driver who brought the {} was very kind.", "Is there a matching {} in your next catalogue? No hurry.",
        "My neighbour saw our {} and wants one too.", "Could you tell me how to clean the {}?",
        'We call it "the best {} in town" at home.', "A {} like this is hard to find, well done.",
        "Before we order: does the {} come in one piece?", "Our old {} lasted twenty years, let's see about yours.",
        "What a pleasant shop, we looked at every {}.", "Please thank the lady who packed our {}.",
    ],
    "annoyed": [
        "This is the second time that I write about the {}.", "The screws of the {} were missing again.",
        'Your page says "in stock", and yet there is no {}.', "Nobody called me back about the {}, as so often.",
        "I had hoped for more from a {} at that price.", "Must I really carry the {} to the post myself?",
        "The manual of the {} has one picture for twelve steps.",
        "It would be nice if somebody read this: the {} wobbles.",
        "Twice I took a day off for that {}, twice for nothing.", "So this is what you call a {} of the first quality?",
        "I was told Tuesday, then Friday; still no {}.", "Why does a new {} smell like an old car?",
    ],
    "furious": [
        "I want my money back for that {} NOW!", "You will hear from my lawyer, and you can keep the {}!",
        "Never again will I buy so much as a {} from you!", "A disgrace! The {} broke on the first day!",
        'You call that a "{}"?! It is firewood!', "THREE weeks without a {}, and not one word from you!",
        "How dare you send me a used {}!", "Shame on you. Take your {} and leave me alone!",
        "Liars! That {} was never tested by anybody!", "Enough! Fetch your {} today or I put it in the street!",
        "My son CUT himself on your rotten {}!", "I will tell the whole town about this {}!!",
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
        f"Article: {_article(rng)}"
    )
    return f"Return request for {order}", body, f"{delivered + timedelta(days=60 if is_member else 30):%Y-%m-%d}"


def _invoice(rng: random.Random) -> tuple[str, str, str]:
    lines, total = [], Decimal(0)
    for _ in range(rng.randint(1, 4)):
        count, price = rng.randint(1, 6), Decimal(rng.randint(390, 24_990)) / 100
        lines.append(f"- {count} x {_article(rng)} at EUR {price:.2f}")
        total += count * price
    shipping = Decimal(rng.choice(["0.00", "4.95", "19.00"]))
    listed = "\n".join(lines)
    body = (
        f"Good day,\nthe lines of my invoice are\n{listed}\nand shipping is EUR {shipping:.2f}.\n"
        f"Which total should it show?\n{_name(rng)}"
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
        f'It is about "the {rng.choice(_THINGS).lower()} that {rng.choice(_FAULTS)}".\n'
        f"Best, {_name(rng)}"
    )
    return "Appointment with the fitter", body, f"{start - timedelta(hours=offset):%Y-%m-%d %H:%M} UTC"


def _parcel(rng: random.Random) -> tuple[str, str, str]:
    digits = "".join(rng.choices("0123456789", k=16))
    code = f"{rng.choice(['JD', 'LX', 'RB'])}{digits}"
    written = " ".join([code[:2], *(digits[at : at + 4] for at in range(0, 16, 4))])
    if rng.random() < 0.5:
        written = written.lower()
    body = f"Hi,\nmy parcel with the tracking number {written} has not come yet.\nWhere is it?\n\n{_name(rng)}"
    return "Where is my parcel?", body, code


def _tone(rng: random.Random) -> tuple[str, str, str]:
    tone = rng.choice([*_TONES])
    body = rng.choice(_TONES[tone]).format(rng.choice(_THINGS).lower())
    about = rng.choice(["my {}", "our {}", "{}", "The {}", "About the {}", "Your {}s", "order", "Hello"])
    subject = about.format(rng.choice(_THINGS).lower()) + rng.choice(["", "", "?", " again", " (2)", ", please read"])
    return subject, body if rng.random() < 0.5 else f"{body}\n{_name(rng)}", tone


def _article(rng: random.Random) -> str:
    line = rng.choice(["", f' "{rng.choice(_LINES)}"'])
    return f"{rng.choice(_THINGS)}{line}{rng.choice(['', f', {rng.choice(_MATERIALS)}'])}"


def _name(rng: random.Random) -> str:
    first = rng.choice(_FIRST)
    nick = f'"{first[:2]}" ' if rng.random() < 0.15 and len(first) > 2 else ""
    return f"{first} {nick}{rng.choice(_LAST)}"


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
