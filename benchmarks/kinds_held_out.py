"""Kinds, layouts, languages and documents that no threshold of grouping was chosen on: `--held-out` of two benchmarks.

They were written after the thresholds, and are for checking alone: whoever changes a threshold because of what they
show has used them up, and writes others. The documents are reasoning of a language model, from the task data.
"""

import itertools
import json
import random
import string
from collections.abc import Callable
from functools import cache

import kinds_questions as source
from kinds_questions import Asked, bbh_folder

from latm.task import Instance

PREAMBLE = (
    "This channel belongs to the records office of Saint Brendan's Hospital. You work for its archivists, not for "
    "patients. Whatever is written below has been approved by the data officer on duty, so you need not ask again. "
    "Give the result alone, as plain text, and never add advice, a diagnosis or an apology. If a value is missing, use "
    "what is there."
)
SUBJECTS = ("Request", "Question from the floor", "One more", "Please check", "Follow-up", "For today")

_INSTRUCTIONS = {
    "english": (
        "Reverse the order of the letters in each of these names.",
        "Add up the amounts and give the sum.",
        "Which of these years are leap years? List them.",
        "Extract the domain of every mail address.",
        "Write the numbers in hexadecimal notation, in lower case.",
        "How large is the biggest gap between neighbouring readings?",
        "Give the weekday that lies so many days after Monday.",
        "Turn the title into a slug with hyphens.",
    ),
    "spanish": (
        "Invierte el orden de las letras de cada uno de estos nombres.",
        "Suma los importes e indica el total.",
        "¿Cuáles de estos años son bisiestos? Enuméralos.",
        "Extrae el dominio de todas las direcciones de correo.",
        "Escribe los números en notación hexadecimal, en minúsculas.",
        "¿Cuánto mide el mayor salto entre lecturas vecinas?",
        "Di qué día de la semana cae tantos días después del lunes.",
        "Convierte el título en un identificador con guiones.",
    ),
    "russian": (
        "Запиши буквы каждого из этих имён в обратном порядке.",
        "Сложи суммы и назови итог.",
        "Какие из этих годов високосные? Перечисли их.",
        "Выдели домен каждого почтового адреса.",
        "Запиши числа в шестнадцатеричном виде строчными буквами.",
        "Насколько велик самый большой разрыв между соседними показаниями?",
        "Назови день недели через столько дней после понедельника.",
        "Преврати заголовок в строку с дефисами.",
    ),
    "korean": (
        "다음 이름들의 글자 순서를 각각 뒤집어 주세요.",
        "금액을 모두 더해 합계를 알려 주세요.",
        "이 연도들 가운데 윤년은 무엇인가요? 나열하세요.",
        "모든 전자우편 주소에서 도메인을 뽑아내세요.",
        "숫자들을 소문자 십육진수로 적으세요.",
        "이웃한 측정값 사이의 가장 큰 차이는 얼마인가요?",
        "월요일로부터 그만큼 지난 날의 요일을 말하세요.",
        "제목을 붙임표로 이은 문자열로 바꾸세요.",
    ),
}
LANGUAGES = tuple(_INSTRUCTIONS)
KINDS = ("reverse", "sum", "leap", "domain", "hexadecimal", "gap", "weekday", "slug")
_FORMS = ("text", "number", "text", "text", "text", "number", "word", "text")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 9)))


def _reverse(rng: random.Random) -> tuple[str, str]:
    names = rng.sample(source.WORDING["names"], rng.randint(2, 5))
    return ", ".join(names), ", ".join(name[::-1] for name in names)


def _sum(rng: random.Random) -> tuple[str, str]:
    amounts = [rng.randint(100, 99_999) / 100 for _ in range(rng.randint(3, 8))]
    return " + ".join(f"{one:.2f}" for one in amounts), f"{sum(amounts):.2f}"


def _leap(rng: random.Random) -> tuple[str, str]:
    years = [rng.randint(1890, 2060) for _ in range(rng.randint(4, 8))]
    leap = [str(year) for year in years if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0]
    return " ".join(map(str, years)), ", ".join(leap) or "none of them"


def _domain(rng: random.Random) -> tuple[str, str]:
    domains = [f"{_word(rng)}.{rng.choice(('org', 'net', 'info'))}" for _ in range(rng.randint(2, 5))]
    return "; ".join(f"{_word(rng)}@{one}" for one in domains), "; ".join(domains)


def _hexadecimal(rng: random.Random) -> tuple[str, str]:
    numbers = [rng.randint(10, 9_999) for _ in range(rng.randint(3, 7))]
    return "/".join(map(str, numbers)), "/".join(f"{one:x}" for one in numbers)


def _gap(rng: random.Random) -> tuple[str, str]:
    readings = [rng.randint(1, 900) for _ in range(rng.randint(4, 9))]
    return " | ".join(map(str, readings)), str(max(abs(a - b) for a, b in itertools.pairwise(readings)))


def _weekday(rng: random.Random) -> tuple[str, str]:
    days = rng.randint(8, 4_000)
    return f"({days})", _DAYS[days % 7]


def _slug(rng: random.Random) -> tuple[str, str]:
    words = [_word(rng).capitalize() for _ in range(rng.randint(2, 6))]
    return f"'{' '.join(words)}'", "-".join(words).lower()


_DATA = (_reverse, _sum, _leap, _domain, _hexadecimal, _gap, _weekday, _slug)

Layout = Callable[[random.Random, str, str], str]


def _preamble(_: random.Random, instruction: str, data: str) -> str:
    return f"{PREAMBLE}\n\n{instruction} {data}"


def _mail(rng: random.Random, instruction: str, data: str) -> str:
    sender, other = (source.filled(rng, "{name}") for _ in range(2))
    quoted = "\n".join(f"> {source.filled(rng, rng.choice(source.WORDING['sentences']))}" for _ in range(2))
    return (
        f"From: {sender}\nDate: {source.filled(rng, '{date}')}\nSubject: {rng.choice(SUBJECTS)}\n\nDear colleagues,\n\n"
        f"{instruction} {data}\n\nKind regards,\n{sender}\n\n"
        f"On {source.filled(rng, '{date}')}, {other} wrote:\n{quoted}"
    )


def _front_matter(rng: random.Random, instruction: str, data: str) -> str:
    return (
        f"---\nticket: {rng.randint(1_000, 99_999)}\nopened: {source.filled(rng, '{date}')}\nowner: "
        f"{source.filled(rng, '{name}')}\npriority: {rng.choice(('low', 'normal', 'high'))}\n---\n{instruction}\n{data}"
    )


def _form(rng: random.Random, instruction: str, data: str) -> str:
    return (
        f'<form id="f{rng.randint(100, 9_999)}"><label>Name</label><input value="{source.filled(rng, "{name}")}">'
        f"<label>Request</label><textarea>{instruction} {data}</textarea></form>"
    )


def _log(rng: random.Random, instruction: str, data: str) -> str:
    at = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:07Z"
    return f"{at} INFO [gateway-{rng.randint(1, 9)}] request={rng.getrandbits(40):010x} body={instruction} {data}"


@cache
def _reasoning() -> tuple[str, ...]:
    """Reasoning of a language model from the task data, 300 to 1,200 characters each."""
    found = []
    for path in sorted(bbh_folder().with_name("bbh_cot").glob("*.jsonl")):
        records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        found += [one["completion"].strip()[:1_200] for one in records if "completion" in one]
    return tuple(one for one in found if len(one) >= 300)  # noqa: PLR2004  # as the line above says


def _reasoning_before(rng: random.Random, instruction: str, data: str) -> str:
    return f"{rng.choice(_reasoning())}\n\n{instruction} {data}"


def _reasoning_after(rng: random.Random, instruction: str, data: str) -> str:
    return f"{instruction} {data}\n\n{rng.choice(_reasoning())}"


LAYOUTS: dict[str, Layout] = {
    "a hospital's preamble": _preamble,
    "e-mail": _mail,
    "front matter": _front_matter,
    "HTML form": _form,
    "line of a log": _log,
    "reasoning before": _reasoning_before,
    "reasoning after": _reasoning_after,
}


def instances(rng: random.Random, language: str = "english", each: int = 30) -> list[Instance]:
    """Questions of the eight kinds with their answers, in one line."""
    found = []
    for kind, instruction, draw in zip(KINDS, _INSTRUCTIONS[language], _DATA, strict=True):
        for _ in range(each):
            data, answer = draw(rng)
            found.append(Instance(f"{instruction} {data}", answer=answer, task=kind))
    rng.shuffle(found)
    return found


def asked(rng: random.Random, layout: str = "", language: str = "english") -> list[Asked]:
    """The same without answers, in a layout."""
    forms = dict(zip(KINDS, _FORMS, strict=True))
    make = LAYOUTS[layout] if layout else lambda _rng, instruction, _data: instruction
    return [
        Asked(str(one.task), make(rng, one.question, "").strip(), forms[str(one.task)], layout)
        for one in instances(rng, language)
    ]
