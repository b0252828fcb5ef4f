"""Replies as models give them: eight kinds of question, whose right answers come in every dress, and one of opinions.

Pure: everything is drawn from a seeded generator, and nothing here knows how latm tells dress from content.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WORDS = [
    "anchor",
    "basket",
    "candle",
    "daisy",
    "ember",
    "falcon",
    "garnet",
    "harbor",
    "island",
    "jacket",
    "kernel",
    "lantern",
    "meadow",
    "nutmeg",
    "orchid",
    "pepper",
    "quartz",
    "ribbon",
    "saddle",
    "timber",
    "umbrella",
    "velvet",
    "walnut",
    "yarrow",
    "zephyr",
]
NAMES = ["Ana", "Boris", "Chen", "Dilara", "Emil", "Fatou", "Goran", "Hana", "Ines", "Jonas"]


@dataclass(frozen=True)
class Kind:
    """A kind of question and the dresses that its answers come in.

    Attributes:
        name: for people.
        draw: a question, and the content of its answer.
        plain: the content in each of the ways in which it can be written; the first one is the commonest.
        wordings: sentences around `{}`.
        units: ways to write a unit around `{}`; none where the kind has none.
        formats: ways to write the content as a number; none where it is none.
        reasoning: sentences that explain the answer, before it.
        other: what is another content and looks alike: another unit, a rounded value, a caveat.
    """

    name: str
    draw: Callable[[random.Random], tuple[str, Any]]
    plain: Callable[[Any], list[str]]
    wordings: Sequence[str]
    units: Sequence[str] = ("{}",)
    formats: Sequence[Callable[[Any], str]] = ()
    reasoning: Callable[[random.Random, Any], str] = lambda _rng, _content: (
        "I looked at each part of the request in turn."
    )
    other: Sequence[Callable[[Any], str]] = ()


def _invoice(rng: random.Random) -> tuple[str, int]:
    lines = [(rng.randint(1, 9), rng.randint(99, 99_999)) for _ in range(rng.randint(2, 5))]
    text = "; ".join(f"{count} at {cents / 100:.2f}" for count, cents in lines)
    return f"Add up this invoice in euro: {text}.", sum(count * cents for count, cents in lines)


def _cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _english(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def _german(cents: int) -> str:
    return _english(cents).translate(str.maketrans(",.", ".,"))


def _invoice_reasoning(rng: random.Random, cents: int) -> str:
    part = rng.randint(1, cents)
    return f"The first items make {_cents(part)}, and the rest adds {_cents(cents - part)}."


def _sorting(rng: random.Random) -> tuple[str, list[str]]:
    chosen = rng.sample(WORDS, rng.randint(3, 7))
    return f"Sort these words: {' '.join(chosen)}", sorted(chosen)


def _choosing(rng: random.Random) -> tuple[str, str]:
    swaps = rng.randint(3, 9_999)
    return f"Who has the ball after {swaps} swaps? Options: (A) to (E)", "ABCDE"[swaps % 5]


def _order(rng: random.Random) -> tuple[str, dict[str, Any]]:
    content = {
        "customer": rng.choice(NAMES),
        "item": rng.choice(WORDS),
        "count": rng.randint(1, 40),
        "price": rng.randint(100, 9999) / 100,
    }
    order = f"{content['customer']} wants {content['count']} of {content['item']} at {content['price']}"
    return f"Extract the order as JSON: {order}", content


def _shopping(rng: random.Random) -> tuple[str, list[str]]:
    chosen = [f"{rng.randint(1, 9)} {word}" for word in rng.sample(WORDS, rng.randint(2, 6))]
    return f"List what is to be bought: {', '.join(chosen)}", chosen


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _day(rng: random.Random) -> tuple[str, str]:
    first, days = date(2019, 1, 1) + timedelta(rng.randrange(3_000)), rng.randint(2, 40)
    return f"Which day is {days} days after {first}?", (first + timedelta(days)).isoformat()


def _counting(rng: random.Random) -> tuple[str, int]:
    chosen = rng.choices(WORDS, k=rng.randint(5, 60))
    return f"How many letters are in these words: {' '.join(chosen)}", sum(map(len, chosen))


def _ticket(rng: random.Random) -> tuple[str, str]:
    ticket = rng.randint(100, 9_999)
    return f"Set the priority of ticket {ticket}", ["high", "medium", "low"][ticket % 3]


KINDS = (
    Kind(
        "invoice",
        _invoice,
        lambda cents: [_cents(cents)],
        ("The total is {}.", "Total due: {}", "This comes to {}.", "You have to pay {} in total."),
        ("{} €", "€{}", "EUR {}", "{}", "{} euro"),
        (_cents, _english, _german),
        _invoice_reasoning,
        (
            lambda cents: f"${_cents(cents)}",
            lambda cents: str(round(cents / 100)) if cents % 100 else f"{cents // 100 + 1}",
            lambda cents: f"Approximately {_cents(cents)} €",
            lambda cents: f"{_cents(cents)} €, but this does not include the discount.",
        ),
    ),
    Kind(
        "sorting",
        _sorting,
        lambda words: [" ".join(words)],
        ("The sorted words are: {}", "Sorted list: {}", "In alphabetical order: {}", "The words in order are {}."),
        reasoning=lambda rng, words: f"First I compare initials. {rng.choice(words)} comes before {words[-1]} here.",
        other=(lambda words: " ".join(words[::-1]), lambda words: " ".join(words[:-1])),
    ),
    Kind(
        "choosing",
        _choosing,
        lambda letter: [f"({letter})", letter, f"{letter}.", f"{letter.lower()})"],
        ("The answer is {}.", "Correct option: {}", "I would choose {}.", "It must be {}."),
        reasoning=lambda rng, _letter: f"At first {rng.choice(NAMES)} holds it, then it goes to {rng.choice(NAMES)}.",
        other=(lambda letter: f"Not {letter}", lambda letter: f"({letter}) or (F)"),
    ),
    Kind(
        "order",
        _order,
        lambda content: [
            json.dumps(content),
            json.dumps(content, indent=2),
            f"```json\n{json.dumps(content, indent=2)}\n```",
            json.dumps(dict(reversed(content.items())), separators=(",", ":")),
        ],
        ("Here is the JSON:\n{}", "Extracted data:\n\n{}", "JSON output: {}"),
        reasoning=lambda _rng, content: (
            f"The customer is {content['customer']}. The number {content['count']} is the quantity."
        ),
        other=(
            lambda content: json.dumps({**content, "note": "x"}),
            lambda content: json.dumps({**content, "count": str(content["count"])}),
        ),
    ),
    Kind(
        "shopping",
        _shopping,
        lambda lines: [
            "\n".join(f"- {line}" for line in lines),
            "\n".join(f"* {line}" for line in lines),
            "\n".join(lines),
            _numbered(lines),
        ],
        ("Here is the list:\n{}", "Shopping list:\n\n{}", "You need to buy:\n{}"),
        reasoning=lambda _rng, lines: f"The text names {len(lines)} things.\nI keep their order.\n\nShopping list:",
        other=(
            lambda lines: "\n".join(f"- {line}" for line in lines[:-1]),
            lambda lines: "\n".join(f"- {line}" for line in lines[::-1]),
        ),
    ),
    Kind(
        "day",
        _day,
        lambda day: [day],
        ("The date is {}.", "Date: {}", "That day is {}.", "It falls on {}."),
        reasoning=lambda rng, day: (
            f"Counting from {date.fromisoformat(day) - timedelta(9)}, {rng.randint(2, 28)} days pass in that month."
        ),
        other=(lambda day: day[:7], lambda day: f"Either {day} or the day after"),
    ),
    Kind(
        "counting",
        _counting,
        lambda count: [str(count)],
        ("There are {}.", "Count: {}", "I count {}.", "The text has {}."),
        ("{} letters", "{}"),
        (str, lambda count: f"{count:,}", lambda count: f"{count}.0"),
        lambda rng, count: f"The first words have {rng.randint(1, count)} letters together.",
        (lambda count: f"about {count}", lambda count: f"{count}.4", lambda count: f"at least {count}"),
    ),
    Kind(
        "ticket",
        _ticket,
        lambda label: [label, label.capitalize(), label.upper()],
        ("The priority is {}.", "Priority: {}", "This ticket's priority is {}.", "I'd set this to: {}"),
        reasoning=lambda rng, _label: (
            f"The customer has waited {rng.randint(2, 30)} days. Nothing is broken for others."
        ),
        other=(lambda label: f"not {label}", lambda label: f"{label} to unknown"),
    ),
)

BEFORE = ("Sure! ", "Certainly. ", "Of course, happy to help!\n\n", "Great question! ", "Thanks for reaching out! ")
AFTER = (
    "\n\nLet me know if you need anything else!",
    "\n\nI hope this helps!",
    ". Feel free to ask if you have other questions.",
    "\n\nIs there anything else you would like me to look at?",
)
CONCLUSIONS = ("So the answer is {}.", "Therefore, the answer is {}.", "Answer: {}", "Thus the result is {}.")
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot answer this from what is given.",
    "As an AI language model, I am not able to do that.",
    "Unfortunately I do not have enough information.",
)
LAYOUTS = (
    "one dress",
    "two, half each",
    "five",
    "politeness",
    "reasoning",
    "bold",
    "units on and off",
    "number formats",
    "5 % wrong",
    "10 % wrong",
    "5 % refusals",
    "all mixed",
)
WRONG = {"5 % wrong": 0.05, "10 % wrong": 0.1, "all mixed": 0.05}
REFUSED = {"5 % refusals": 0.05, "all mixed": 0.05}


def _is_so(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def dressed(rng: random.Random, kind: Kind, layout: str, content: Any) -> str:
    """A right answer as it comes in a layout."""
    is_mixed, is_worded = layout == "all mixed", False
    text = kind.plain(content)[0]
    if kind.formats and (layout == "number formats" or (is_mixed and _is_so(rng, 0.3))):
        text = rng.choice(kind.formats)(content)
    if layout == "units on and off" or (is_mixed and _is_so(rng, 0.3)):
        text = rng.choice(kind.units).format(text)
    if layout in {"two, half each", "five"} or (is_mixed and _is_so(rng, 0.3)):
        text = rng.choice(_dresses(kind, content, text)[: 2 if layout == "two, half each" else 5])
        is_worded = True
    if layout == "bold" or (is_mixed and _is_so(rng, 0.2)):
        text = f"**{text}**" if _is_so(rng, 0.5) and "\n" not in text else text
    if layout == "reasoning" or (is_mixed and not is_worded and _is_so(rng, 0.4)):
        text = _reasoned(rng, kind, content, text)
    if layout == "politeness" or (is_mixed and _is_so(rng, 0.3)):
        before = rng.choice(BEFORE) if _is_so(rng, 0.5) else ""
        after = rng.choice(AFTER) if _is_so(rng, 0.5) else ""
        text = before + (text.rstrip(".") if after.startswith(".") else text) + after
    return text


def _dresses(kind: Kind, content: Any, text: str) -> list[str]:
    """The text alone, then wordings, units and other ways to write it, in turn."""
    has_unit = not text[-1:].isdigit() or not text[:1].isdigit()
    others = [text if has_unit else kind.units[0].format(text)] if len(kind.units) > 1 else kind.plain(content)[1:]
    wordings = [wording.format(text) for wording in kind.wordings]
    mixed = [dress for pair in zip(wordings, others, strict=False) for dress in pair] + wordings
    return [text, *dict.fromkeys(mixed)]


def _reasoned(rng: random.Random, kind: Kind, content: Any, text: str) -> str:
    """Half of the replies explain the answer first, and close with a line that says it."""
    if _is_so(rng, 0.5):
        return text
    explanation = kind.reasoning(rng, content)
    if "\n" in text or text.startswith("{"):
        return f"{explanation}\n{text}"
    return f"{explanation} {rng.choice(CONCLUSIONS).format(text.rstrip('.'))}"


def reply(rng: random.Random, kind: Kind, layout: str) -> str:
    """One reply to a new question of a kind."""
    return said(rng, kind, layout, kind.draw(rng)[1])


def said(rng: random.Random, kind: Kind, layout: str, content: Any) -> str:
    """A reply to a question whose right answer is known: now and then wrong or a refusal, where the layout says so."""
    if kind is OPINION:
        return rng.choice(OPINIONS).format(a=content[0], b=content[1])
    chance = rng.random()
    refused = REFUSED.get(layout, 0.0)
    if chance < refused:
        return rng.choice(REFUSALS)
    if chance < refused + WRONG.get(layout, 0.0):
        content = wrong(rng, kind, content)
    return dressed(rng, kind, layout, content)


def wrong(rng: random.Random, kind: Kind, content: Any) -> Any:
    """A content that another question of the kind has."""
    while (other := kind.draw(rng)[1]) == content:
        pass
    return other


OPINIONS = (
    "I think {a} is the better choice, because {b} tends to wear out.",
    "It depends on what you value: {a} for looks, {b} for use.",
    "Personally, I would go for {a}.",
    "In my opinion {b} has aged badly, though many still like it.",
    "Hard to say. {a} has its charm, and {b} is cheaper.",
    "I'd recommend {b}, but {a} would do as well.",
    "A warm and thoughtful piece; {a} steals the show while {b} stays in the background.",
    "Many people prefer {a}. I believe {b} deserves more attention.",
)


def _preferring(rng: random.Random) -> tuple[str, list[str]]:
    pair = rng.sample(WORDS, 2)
    return f"Which do you like better, {pair[0]} or {pair[1]}?", rng.sample(pair, 2)


OPINION = Kind("opinions", _preferring, list, ("{}",))
"""A kind whose replies have no content which another reply could share."""
