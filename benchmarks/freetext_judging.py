"""Kinds that take judgement: no program should be made for them."""

import random

from freetext_kinds import Drawn, Kind
from freetext_prose import Letter

_FEELINGS = {
    "positive": (
        "You have outdone yourselves once more.",
        "I could not have wished for better.",
        "What a joy to open that box.",
        "We recommend you wherever we go.",
        "It made my mother smile for the first time in weeks.",
        "Hats off to whoever packed this.",
        "If only every shop were like yours.",
        "I had feared the worst, and was wrong.",
    ),
    "negative": (
        "This is the last time that you hear from me as a customer.",
        "Bravo, truly, what a masterpiece of carelessness.",
        "I had hoped for more after all these years.",
        "My patience has its limits.",
        "We are left with a heap of scrap.",
        "Not even my worst enemy deserves such service.",
        "I shall tell everyone who wants to hear it.",
        "So much for promises.",
    ),
    "neutral": (
        "I merely wish to let you know.",
        "This is for your information.",
        "It is neither here nor there.",
        "Please file this with the rest.",
        "One may see it this way or that.",
        "I have no strong opinion on it.",
    ),
}
_URGENT = {
    "high": (
        "Our production stands still because of this.",
        "My flight leaves tonight and I have nothing in hand.",
        "Two people have been hurt already.",
        "If nothing happens today we shall lose the contract.",
        "Water is running down the wall while I write.",
        "The pharmacy cannot hand out a thing.",
    ),
    "medium": (
        "It would be good to have this settled before the weekend.",
        "We can manage for some days with the old one.",
        "It slows us down, though we get by.",
        "A colleague has found a way around it for now.",
    ),
    "low": (
        "Whenever you get around to it.",
        "I only mention it in passing.",
        "It has been like this for ages and harms nobody.",
        "Perhaps an idea for next year.",
    ),
}
_TONES = {
    "formal": (
        "I beg to remain, with the highest esteem, at your disposal.",
        "May I respectfully draw your attention to the above?",
        "I should be obliged for your kind consideration.",
    ),
    "casual": (
        "No biggie, just shout if you need anything.",
        "So yeah, that's that.",
        "Anyway, catch you later!",
        "Long story short: dunno.",
    ),
    "sarcastic": (
        "How thoughtful of you to include only half of it.",
        "I do so love waiting.",
        "Surely a triumph of modern logistics.",
        "Who needs screws anyway?",
    ),
}
_GISTS = (
    ("The box arrived damaged.", "The customer reports a damaged box."),
    ("We would like to come and see the showroom.", "The customer wants to visit the showroom."),
    ("Please send the manual in another language.", "The customer asks for the manual in another language."),
    ("I am thinking of ordering a second one.", "The customer considers a second order."),
    ("Your invoice never reached us.", "The customer has not received the invoice."),
    ("The handle has come off again.", "The customer complains about a handle that came off repeatedly."),
)


def _classed(table: dict[str, tuple[str, ...]], rng: random.Random) -> Drawn:
    label = rng.choice(tuple(table))
    key = rng.sample(table[label], min(len(table[label]), rng.randint(1, 2)))
    return Drawn(Letter(rng, key).text(), label)


def _summary(rng: random.Random) -> Drawn:
    said, gist = rng.choice(_GISTS)
    return Drawn(Letter(rng, [said]).text(), gist)


JUDGING = (
    Kind(
        "sentiment",
        "What is the sentiment of this message?",
        "Answer positive, negative or neutral.",
        lambda rng: _classed(_FEELINGS, rng),
        (),
        needs_judgement=True,
    ),
    Kind(
        "urgency",
        "How urgent is this request?",
        "Answer high, medium or low.",
        lambda rng: _classed(_URGENT, rng),
        (),
        layouts=("first", "marks", "system"),
        needs_judgement=True,
    ),
    Kind(
        "summary",
        "Summarise this letter.",
        "Write one sentence that tells a clerk what it is about.",
        _summary,
        (),
        layouts=("first", "last", "system"),
        needs_judgement=True,
    ),
    Kind(
        "tone",
        "Which tone does the writer of this letter use?",
        "Answer formal, casual or sarcastic.",
        lambda rng: _classed(_TONES, rng),
        (),
        needs_judgement=True,
    ),
)
