"""Texts in words, sentences and wrappers: what dress is told apart by."""

import re
from dataclasses import dataclass

from latm.form.lexicon import COURTESY

_WORD = re.compile(r"[\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]|[^\s\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]+")
_EDGE = "*_`#>\"'“”„«»‘’()[]{}.,:;!?"
_WINDOW = 1_500
"""Characters at either end of a text among which fixed text around an answer is looked for."""
_SENTENCE_END = re.compile(r"(?:[.!?…][\"'*)”]*\s+|[。！？]\s*|\n\s*)(?=\S)")
_FULL_STOP = re.compile(r"[.!?。！？][\"'*)”]{0,3}(?:\s|\Z)")
_LONGEST_COURTESY = 200
_WRAPPERS = (
    ("**", "**"),
    ("__", "__"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ('"', '"'),
    ("“", "”"),
    ("„", "“"),
    ("\\boxed{", "}"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: folded, and where it stands."""

    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text; a sign of a script without spaces is a word. Words of punctuation alone are left out."""
    found = (Word(fold(match[0]), match.start(), match.end()) for match in _WORD.finditer(text))
    return [word for word in found if word.folded]


def fold(word: str) -> str:
    """A word without letter case, and without punctuation and Markdown at its ends."""
    return word.strip(_EDGE).casefold()


def head(text: str) -> list[Word]:
    """The words near the beginning of a text."""
    return words(text[:_WINDOW])


def tail(text: str) -> list[Word]:
    """The words near the end of a text."""
    start = max(0, len(text) - _WINDOW)
    return [Word(word.folded, word.start + start, word.end + start) for word in words(text[start:])]


def last_part(text: str) -> int:
    """Where the last sentence or line of a text begins; a line that announces the next one (`Answer:`) goes with it."""
    start = max(0, len(text) - _WINDOW)
    cuts = [match for match in _SENTENCE_END.finditer(text, start) if not _announces(text[start : match.start()])]
    return cuts[-1].end() if cuts else (0 if start == 0 else len(text))


def first_part(text: str) -> int:
    """The place at which the first sentence or line of a text ends; the length of a text that has only one."""
    match = _SENTENCE_END.search(text[:_WINDOW])
    return match.end() if match else len(text)


def _announces(before: str) -> bool:
    line = before[before.rfind("\n") + 1 :].strip().rstrip("*_ ")
    return line.endswith((":", "：")) or line.startswith("#")


def is_courtesy(part: str) -> bool:
    """Whether a sentence or line is politeness and nothing else."""
    if len(part) > _LONGEST_COURTESY or any(character.isdigit() for character in part):
        return False
    said = part.strip().strip(_EDGE)
    is_announcement = part.rstrip().endswith((":", "：")) and said.casefold().startswith(
        ("here is", "here are", "here's")
    )
    return is_announcement or COURTESY.fullmatch(said) is not None


def is_letter(text: str) -> bool:
    """Whether a text has several sentences, so that courtesy in it may well be content."""
    return sum(1 for _ in _FULL_STOP.finditer(text, 0, 10 * _WINDOW)) > 1


def unwrapped(text: str) -> str:
    """A text without Markdown, quotation marks and code fence around the whole."""
    text = text.strip()
    if (parts := fenced(text)) and not parts[0] and parts[2] in {"", "."}:
        return parts[1]
    for opened, closed in _WRAPPERS:
        inner = text.removesuffix(".").removesuffix(closed).removeprefix(opened)
        is_whole = text in {opened + inner + closed, f"{opened}{inner}{closed}."}
        if is_whole and inner.strip() and opened not in inner and closed not in inner:
            return unwrapped(inner)
    return text


def fenced(text: str) -> tuple[str, str, str] | None:
    """What stands before, in and after the one code fence of a text; None if it has none or several."""
    if text.count("```") != 2:  # noqa: PLR2004  # one opens, one closes
        return None
    before, inner, after = text.split("```")
    language, line_end, rest = inner.partition("\n")
    code = rest if line_end and len(language.split()) <= 1 else inner
    return before.strip(), code.strip("\n"), after.strip()
