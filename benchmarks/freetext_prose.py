"""Prose of letters, mails and tickets: what stands around the lines that count, and as varied as people's own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

SENTENCES = tuple(Path(__file__).with_name("freetext_sentences.txt").read_text(encoding="utf-8").splitlines())
FIRST = (
    *("Ada", "Bela", "Chiara", "Dorothea", "Emil", "Fatima", "Gustav", "Henrike", "Ines", "Jonas", "Katarzyna", "Lars"),
    *("Maren", "Nadja", "Olivia", "Piet", "Quentin", "Rosa", "Søren", "Tamara", "Ulrich", "Vera", "Wanda", "Yusuf"),
)
LAST = (
    *("Abel", "Brandt", "Castellani", "Dvořák", "Eriksen", "Fontaine", "Grabowski", "Huang", "Iversen", "Janssen"),
    *("Keller", "Lindqvist", "Moreau", "Novak", "O'Brien", "Petersen", "Quist", "Rinaldi", "Schäfer", "Tanaka"),
    *("Ulbrich", "Vasquez", "Whitfield", "Yilmaz", "Zimmermann"),
)
TOWNS = (
    "Aarhus",
    "Bergen",
    "Cork",
    "Delft",
    "Erfurt",
    "Freiburg",
    "Ghent",
    "Hull",
    "Innsbruck",
    "Jena",
    "Kiel",
    "Lund",
)
_GREETINGS = (
    "Hello,",
    "Hi there,",
    "Dear Sir or Madam,",
    "Good morning,",
    "Dear team,",
    "To whom it may concern",
    "Hi",
)
_CLOSINGS = (
    "Best regards,",
    "Kind regards",
    "Many thanks,",
    "Thanks!",
    "Yours sincerely,",
    "Cheers,",
    "With best wishes,",
)
_FOOTERS = (
    "This message is intended for the addressee only. If you have received it in error, please delete it.",
    "Please consider the environment before printing this mail.",
    "Sent from my phone, please excuse typos.",
    "Get our app and save the next time.",
    "Registered at the district court. Managing directors: see our website.",
)
_FOREIGN = (
    "Vielen Dank für Ihre Mühe, auch im Namen meiner Frau.",
    "Merci d'avance pour votre réponse.",
    "ご確認のほどよろしくお願いいたします。",
    "С уважением и наилучшими пожеланиями.",
    "谢谢您的帮助。",
    "Mange takk for hjelpen!",
)
_NOUNS = (
    *(
        "kettle",
        "blanket",
        "invoice folder",
        "bicycle",
        "wardrobe",
        "lantern",
        "printer",
        "suitcase",
        "mirror",
        "drill",
    ),
    *(
        "armchair",
        "compressor",
        "tent",
        "saddle",
        "microscope",
        "piano stool",
        "carpet",
        "shelf",
        "thermostat",
        "trolley",
    ),
)
_VERBS = (
    *("was standing", "had been left", "looked odd", "was admired", "seemed heavier", "was repaired", "stayed dry"),
    *("was photographed", "fell over", "was returned", "got lost", "turned up", "was polished", "had to wait"),
)
_PLACES = (
    *("beside the stairs", "in the cellar", "behind the counter", "under a tarpaulin", "at the gate", "near the lift"),
    *("on the balcony", "next to the boiler", "in a corner of the hall", "outside in the rain", "at my brother's"),
)
_WHEN = (
    *("the whole time", "until the evening", "for some weeks", "since the party", "after the holidays", "over night"),
    *("before anyone noticed", "during the works", "as so often", "for reasons unknown", "all winter"),
)
_OWNERS = ("My", "Our", "The old", "A borrowed", "The second", "Grandmother's", "The neighbour's", "Somebody's")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)


@dataclass
class Letter:
    """A document in the making.

    Attributes:
        rng: what everything is drawn from.
        key: lines and sentences that must be in it, in this order.
        is_wordy: whether it may be long, with quoted mail below.
    """

    rng: random.Random
    key: list[str] = field(default_factory=list)
    is_wordy: bool = True

    def text(self) -> str:
        """The whole letter: the key sentences within prose, with greeting, closing and what mail programs add."""
        rng = self.rng
        length = rng.choice((4, 6, 7, 8, 9, 10, 12, 14, 18)) if self.is_wordy else rng.randint(3, 6)
        length = 60 if self.is_wordy and sometimes(rng, 0.03) else length
        parts = [*rng.sample(SENTENCES, length), *(_made_up(rng) for _ in range(rng.randint(0, 3)))]
        rng.shuffle(parts)
        for number, place in enumerate(sorted(rng.randint(0, len(parts)) for _ in self.key)):
            parts.insert(place + number, self.key[number])
        body = _paragraphs(rng, parts)
        return "\n\n".join(filter(None, [*self._opening(), *body, *self._ending()]))

    def _opening(self) -> list[str]:
        rng = self.rng
        head = []
        if sometimes(rng, 0.25):
            sent = some_day(rng)
            head = [f"From: {name(rng)}\nSent: {written(rng, sent)}\nSubject: {rng.choice(_NOUNS)}"]
        return [*head, rng.choice(_GREETINGS)] if sometimes(rng, 0.8) else head

    def _ending(self) -> list[str]:
        rng = self.rng
        found = [rng.choice(_FOREIGN)] if sometimes(rng, 0.12) else []
        if sometimes(rng, 0.85):
            town = f"\n{rng.choice(TOWNS)}" if sometimes(rng, 0.3) else ""
            found.append(f"{rng.choice(_CLOSINGS)}\n{name(rng)}{town}")
        if sometimes(rng, 0.2):
            found.append("--\n" + rng.choice(_FOOTERS))
        if self.is_wordy and sometimes(rng, 0.15):
            quoted = rng.sample(SENTENCES, rng.randint(2, 5))
            found.append(f"{name(rng)} wrote:\n" + "\n".join(f"> {one}" for one in quoted))
        return found


def _made_up(rng: random.Random) -> str:
    owner, noun, verb = rng.choice(_OWNERS), rng.choice(_NOUNS), rng.choice(_VERBS)
    return f"{owner} {noun} {verb} {rng.choice(_PLACES)} {rng.choice(_WHEN)}."


def _paragraphs(rng: random.Random, parts: Sequence[str]) -> list[str]:
    """Sentences in paragraphs; a part of several lines is a paragraph of its own."""
    found: list[str] = []
    begins = True
    for part in parts:
        if "\n" in part or begins:
            found.append(part)
        else:
            found[-1] += f" {part}"
        begins = "\n" in part or sometimes(rng, 0.25)
    return found


def name(rng: random.Random) -> str:
    """A person's."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def sometimes(rng: random.Random, share: float) -> bool:
    """Whether something comes this time."""
    return rng.random() < share


def some_day(rng: random.Random) -> date:
    """A day of three years."""
    return date(2023, 1, 1) + timedelta(rng.randrange(1_095))


def written(rng: random.Random, day: date) -> str:
    """A day in one of the notations that letters have; none that two countries read differently."""
    month = MONTHS[day.month - 1]
    ways = (
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{ordinal(day.day)} of {month} {day.year}",
        f"{month[:3]} {ordinal(day.day)}, {day.year}",
    )
    return rng.choice(ways)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
