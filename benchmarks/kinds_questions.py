"""Questions of the kinds benchmark: eight kinds and more in every layout, unlabelled and shuffled, from a seed."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

WORDING: dict[str, Any] = json.loads(Path(__file__).with_name("kinds_wording.json").read_text(encoding="utf-8"))
"""Instructions as people write them, in seven languages, and what goes with them."""

KINDS: tuple[str, ...] = tuple(WORDING["forms"])


def bbh_folder() -> Path:
    """Where BIG-Bench Hard is expected."""
    return Path(os.environ.get("LATM_DATA", "../shared/data")) / "bbh"


Data = Callable[[random.Random, str], str]


class Asked(NamedTuple):
    """A question.

    Attributes:
        kind: what it is of; None for a one-off question.
        question: the text.
        form: of its answer.
        variant: what a tool may not know of the kind if it was not shown: a layout, a preamble.
    """

    kind: str | None
    question: str
    form: str
    variant: str = ""


def _words(rng: random.Random, language: str) -> str:
    glue = "、" if language in {"chinese", "japanese"} else rng.choice((" ", ", "))
    return glue.join(rng.sample(WORDING["words"][language].split(), rng.randint(4, 12)))


def _numbers(rng: random.Random, _: str) -> str:
    return ", ".join(str(rng.randint(1, 120)) for _ in range(rng.randint(4, 14)))


def _temperature(rng: random.Random, _: str) -> str:
    return f"{rng.randint(-40, 60)}.{rng.randint(0, 9)} °C"


def _date(rng: random.Random, _: str = "") -> str:
    year, month, day = rng.randint(1990, 2030), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice((f"{day:02}.{month:02}.{year}", f"{year}/{month:02}/{day:02}", f"{month}/{day}/{year}"))


def _dates(rng: random.Random, _: str) -> str:
    return "; ".join(_date(rng) for _ in range(rng.randint(3, 7)))


def _names(rng: random.Random, _: str) -> str:
    return ", ".join(rng.sample(WORDING["names"], rng.randint(2, 5)))


def _measurements(rng: random.Random, _: str) -> str:
    return " ".join(f"{rng.uniform(0, 99):.2f}" for _ in range(rng.randint(3, 9)))


def _codes(rng: random.Random, _: str) -> str:
    letters = "abcdefghkmnpqrstuvwxyz"
    return " ".join(
        f"{''.join(rng.choices(letters, k=3))}-{rng.randint(10, 9999)}-{rng.choice(letters)}"
        for _ in range(rng.randint(2, 6))
    )


DATA: dict[str, Data] = dict(
    zip(
        KINDS,
        (_words, _numbers, _temperature, _dates, _names, _numbers, _measurements, _codes),
        strict=True,
    )
)


def filled(rng: random.Random, sentence: str) -> str:
    """A sentence with its holes filled at random."""
    while "{" in sentence:
        for hole, value in (
            ("{city}", rng.choice(WORDING["cities"])),
            ("{name}", rng.choice(WORDING["names"])),
            ("{word}", rng.choice(WORDING["words"]["english"].split())),
            ("{date}", _date(rng)),
            ("{n}", str(rng.randint(2, 99))),
        ):
            sentence = sentence.replace(hole, value, 1)
    return sentence


def document(rng: random.Random) -> str:
    """A text of 80 to 200 words."""
    wanted = rng.randint(80, 200)
    sentences: list[str] = []
    while sum(len(one.split()) for one in sentences) < wanted:
        sentences.append(filled(rng, rng.choice(WORDING["sentences"])))
    return " ".join(sentences)


Layout = Callable[[random.Random, str, str], str]


def _one_line(_: random.Random, instruction: str, data: str) -> str:
    return f"{instruction} {data}"


def _preamble(_: random.Random, instruction: str, data: str) -> str:
    return f"{WORDING['preamble']}\n\n{instruction} {data}"


def _preamble_after(_: random.Random, instruction: str, data: str) -> str:
    return f"{instruction} {data}\n\n{WORDING['preamble']}"


def _few_shot(_: random.Random, instruction: str, data: str) -> str:
    return f"{WORDING['few_shot']}Q: {instruction} {data}\nA:"


def _envelope(rng: random.Random, instruction: str, data: str) -> str:
    trace = f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}-{rng.getrandbits(48):012x}"
    messages = [{"role": "user", "content": f"{instruction}\n{data}"}]
    return json.dumps({"trace_id": trace, "model": "assistant-large", "temperature": 0, "messages": messages})


def _transcript(_: random.Random, instruction: str, data: str) -> str:
    return (
        "System: You are a helpful assistant.\nUser: Hi! Can you help me with a task?\nAssistant: Of course! What do "
        f"you need?\nUser: {instruction} {data}\nAssistant:"
    )


def _document_before(rng: random.Random, instruction: str, data: str) -> str:
    return f"{document(rng)}\n\n{instruction} {data}"


def _document_after(rng: random.Random, instruction: str, data: str) -> str:
    return f"{instruction} {data}\n\n{document(rng)}"


def _markdown(_: random.Random, instruction: str, data: str) -> str:
    return f"# Task\n\n{instruction}\n\n## Input\n\n- {data}\n\n## Output\n"


def _tags(_: random.Random, instruction: str, data: str) -> str:
    return f"<request>\n<task>{instruction}</task>\n<input>{data}</input>\n</request>"


def _middle(rng: random.Random, instruction: str, data: str) -> str:
    return f"{data}\n{filled(rng, rng.choice(WORDING['sentences']))} {instruction} {document(rng)[:300]}"


LAYOUTS: dict[str, Layout] = {
    "one line": _one_line,
    "preamble before": _preamble,
    "preamble after": _preamble_after,
    "few-shot examples": _few_shot,
    "JSON envelope": _envelope,
    "transcript": _transcript,
    "document before": _document_before,
    "document after": _document_after,
    "Markdown": _markdown,
    "XML-like tags": _tags,
    "instruction in the middle": _middle,
}


def asked(rng: random.Random, kind: str, layout: Layout, language: str = "english") -> Asked:
    """One question of one of the eight kinds."""
    instruction = WORDING["instructions"][language][kind]
    return Asked(kind, layout(rng, instruction, DATA[kind](rng, language)), WORDING["forms"][kind], layout.__name__)


def one_offs(rng: random.Random, count: int) -> list[Asked]:
    """Questions that do not come again; half of them carry a document."""
    found = []
    for number in range(count):
        parts = WORDING["one_off"].values()
        text = " ".join(rng.choice(part) for part in parts)
        more = f" {document(rng)[: rng.randint(80, 600)]}" if number % 2 else ""
        found.append(Asked(None, text + more, "text"))
    return found


def _eight(rng: random.Random, count: int, ask: Callable[[str], Asked]) -> list[Asked]:
    found = [ask(KINDS[number % len(KINDS)]) for number in range(count)]
    rng.shuffle(found)
    return found


def in_layout(rng: random.Random, layout: str, count: int = 240) -> list[Asked]:
    """The eight kinds in one layout."""
    return _eight(rng, count, lambda kind: asked(rng, kind, LAYOUTS[layout]))


def in_language(rng: random.Random, language: str, count: int = 240) -> list[Asked]:
    """The eight kinds in one language, in one line."""
    return _eight(rng, count, lambda kind: asked(rng, kind, _one_line, language))


def without_punctuation(rng: random.Random, language: str, count: int = 240) -> list[Asked]:
    """The same without the marks of the script."""
    marks = str.maketrans("", "", "，。？、；：,.?;:")
    return [one._replace(question=one.question.translate(marks)) for one in in_language(rng, language, count)]


def one_word(rng: random.Random, count: int = 240) -> list[Asked]:
    """Instructions of one word."""

    def ask(kind: str) -> Asked:
        instruction = WORDING["one_word"][kind]
        return Asked(kind, f"{instruction}: {DATA[kind](rng, 'english')}", WORDING["forms"][kind])

    return _eight(rng, count, ask)


SIBLINGS = (
    (_words, "number", "Count the {} in this list:", ("words", "vowels")),
    (_words, "text", "Find the {} of these words:", ("longest", "shortest")),
    (_words, "text", "Sort the words below in {} order.", ("ascending", "descending")),
    (_numbers, "number", "What is the {} of these numbers?", ("mean", "median", "largest")),
)
"""Kinds that differ in one word, with the same data and answers of one form."""


def siblings(rng: random.Random, count: int = 270) -> list[Asked]:
    """Nine kinds, each a word apart from one or two others."""
    kinds = [(data, form, text.format(word)) for data, form, text, words in SIBLINGS for word in words]
    turns = [kinds[number % len(kinds)] for number in range(count)]
    rng.shuffle(turns)
    return [Asked(instruction, f"{instruction} {data(rng, 'english')}", form) for data, form, instruction in turns]


def tenants(rng: random.Random, count: int = 240) -> list[Asked]:
    """Three preambles over the same eight kinds."""

    def ask(kind: str) -> Asked:
        one = asked(rng, kind, _one_line)
        tenant, preamble = rng.choice(list(enumerate(WORDING["tenants"])))
        return one._replace(question=f"{preamble}\n\n{one.question}", variant=str(tenant))

    return _eight(rng, count, ask)


def mixture(rng: random.Random, count: int = 480) -> list[Asked]:
    """Every question in a layout of its own."""
    return _eight(rng, count, lambda kind: asked(rng, kind, rng.choice(list(LAYOUTS.values()))))


def noisy(rng: random.Random, count: int = 240) -> list[Asked]:
    """The eight kinds with 30 % one-off questions among them."""
    found = [*in_layout(rng, "one line", count * 7 // 10), *one_offs(rng, count * 3 // 10)]
    rng.shuffle(found)
    return found


def late(rng: random.Random, count: int = 240) -> list[Asked]:
    """Four kinds over the whole stream, four that come in its last third."""
    found = []
    for number in range(count):
        known = KINDS if number >= count * 2 // 3 else KINDS[:4]
        found.append(asked(rng, rng.choice(known), _one_line))
    return found


def composed(number: int) -> str:
    """The instruction of the composed kind of this number, one of two hundred; any two share one phrase at most."""
    verb, step = number % 20, number // 20
    verbs, objects, rules = WORDING["composed"].values()
    return f"{verbs[verb]} {objects[(verb + step) % 20]} {rules[(verb + 3 * step) % 20]}."


def _composed(rng: random.Random, number: int) -> Asked:
    data = DATA[KINDS[number % len(KINDS)]]
    return Asked(
        f"composed-{number}", f"{composed(number)} {data(rng, 'english')}", ("list", "number", "text")[number % 3]
    )


def zipf(rng: random.Random, count: int = 2_000, kinds: int = 200) -> list[Asked]:
    """Many kinds, the n-th 1/n times as often as the first."""
    numbers = rng.choices(range(kinds), weights=[1 / (1 + rank) for rank in range(kinds)], k=count)
    return [_composed(rng, number) for number in numbers]


def nested(rng: random.Random, count: int = 600) -> list[Asked]:
    """A company's preamble, within it five departments', within each eight kinds: forty in all."""
    found = []
    for number in range(count):
        one = _composed(rng, number % 40)
        department = WORDING["departments"][number % 40 // 8]
        found.append(one._replace(question=f"{WORDING['preamble']}\n\n{department}\n\n{one.question}"))
    rng.shuffle(found)
    return found
