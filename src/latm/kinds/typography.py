"""One canonical form of typography. It folds what varies when people type, and nothing that changes the meaning."""

import re
import unicodedata
from collections.abc import Sequence

_SPACE_LIKE = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
_TABLE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ＇`´", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys(_SPACE_LIKE, " "),
        **dict.fromkeys(_INVISIBLE),
        **dict.fromkeys(_LINE_ENDS, "\n"),
        "…": "...",
    }
)
_SPACES = re.compile(r" {2,}")
_AROUND_LINES = re.compile(r" *\n *")
_BLANK_LINES = re.compile(r"\n{2,}")
_STOPS = frozenset(".?!:。？！：")  # fullwidth marks are intended
_SEVERAL = 3

_COURTESY = (
    r"please|kindly|hello|hi(?: there)?|hey(?: there)?|dear (?:all|team|assistant)|good (?:morning|afternoon|evening)"
    r"|thanks?(?: you)?(?: so much| very much| a lot| in advance)?|many thanks|cheers|(?:best|kind) regards|regards"
    r"|bitte|hallo|danke(?: schön| sehr)?|vielen dank|guten (?:morgen|tag|abend)"
    r"|bonjour|merci(?: beaucoup| d'avance)?|s'il (?:vous|te) pla[iî]t"
    r"|hola|por favor|(?:muchas )?gracias|请|請|你好|您好|谢谢|謝謝|多谢|お願いします|ありがとうございます|こんにちは"
)
_BEFORE = re.compile(rf"\A\s*(?:{_COURTESY})(?:\s*[,:;.!、。，：！\n-]+\s*|\s+(?=\S)(?![a-z]+ly\b))", re.IGNORECASE)
_AFTER = re.compile(
    rf"(?:(?<=[.!?)\]。！？\n])|(?<![:,;\"'(\s])\s)\s*(?:{_COURTESY})\s*[.!。！]*\s*$",
    re.IGNORECASE,
)


def canonical(text: str) -> str:
    """Fold typography: spaces, quotes, dashes, invisible characters, Unicode composition, line ends and blank lines.

    Joiners stay, because scripts and emoji are spelt with them. The result does not show what was folded, so use it
    only if the meaning of a question does not depend on typography.
    """
    return _BLANK_LINES.sub("\n", _within_lines(text))


def _within_lines(text: str) -> str:
    """The same, except that blank lines stay."""
    folded = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_TABLE)
    return _AROUND_LINES.sub("\n", _SPACES.sub(" ", folded)).strip()


def retyped(text: str) -> list[str]:
    """The same question as other people and programs type it, to see whether anything depends on its typography."""
    return [
        text.replace(" ", "  "),
        text.replace(" ", "\u00a0"),
        text.replace("\n", "\r\n"),
        text.replace("\n", "\n\n"),
        text.replace("'", "’").replace('"', "”").replace("-", "–"),
        text.replace(" ", " \u200b"),
        unicodedata.normalize("NFD", text),
        _within_lines(text),
        canonical(text),
    ]


def readings(text: str, examples: Sequence[str]) -> list[str]:
    """Readings of a question in the typography of a kind's examples, except those that equal the text itself.

    Typography is folded, courtesies at the ends are removed if no example has any, and the first letter and the
    final stop follow the examples if these agree.

    Args:
        text: the question's text.
        examples: confirmed questions of the kind; fewer than three say nothing about their ends.
    """
    found = dict.fromkeys((_within_lines(text), canonical(text)))
    if len(examples) >= _SEVERAL:
        if not any(_is_courteous(example) for example in examples):
            found |= dict.fromkeys(map(without_courtesies, found))
        found = dict.fromkeys(_with_ends(one, examples) for one in found) | found
    return [one for one in found if one and one != text]


def _is_courteous(text: str) -> bool:
    return without_courtesies(text) != text.strip()


def _with_ends(text: str, examples: Sequence[str]) -> str:
    """The text with a first letter in the case of all examples, and with the mark that all of them end with."""
    if text[:1].islower() and all(example[:1].isupper() for example in examples):
        text = text[0].upper() + text[1:]
    elif text[:1].isupper() and all(example[:1].islower() for example in examples):
        text = text[0].lower() + text[1:]
    [stop, *others] = {example.rstrip()[-1:] for example in examples}
    return text if others or stop not in _STOPS or text.endswith(stop) else text + stop


def without_courtesies(text: str) -> str:
    """The question without greetings, "please" and thanks at its ends; unchanged if it has nothing else."""
    rest = text.strip()
    while (shorter := _AFTER.sub("", _BEFORE.sub("", rest, count=1)).strip()) != rest and shorter:
        rest = shorter
    return rest
