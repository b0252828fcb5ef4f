"""The answer that a completion commits to."""

import json
import re

_MARKER = re.compile(
    r"^[ \t*_#>]*(?:the\s+)?(?:final\s+)?answer(?:\s+is)?[\s*_]*[:\N{FULLWIDTH COLON}][\s*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_FENCED = re.compile(
    r"(?<![`~])(?P<mark>`{3,}+|~{3,}+)[^\n`]*\n(?P<inside>.*?)(?:\n[ \t]*(?P=mark)[ \t]*(?=\n|\Z)|\Z)", re.DOTALL
)
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<inside>[^*_]+)(?P=mark)\.?")
_TYPED = re.compile(
    r"[-+]?[$€£]?\d[\d.,:/ -]*%?|\([A-Za-z]\)|[A-Za-z]\)?|yes|no|true|false|valid|invalid|none|null", re.IGNORECASE
)
"""A line that is an answer by its form: a number, a date, an option, a truth value."""


def committed_answer(completion: str) -> str:
    """What follows the last `Answer:` of a completion; without one, what its form shows to be the answer.

    A block, a box or emphasis around the answer is not part of it. Without a marker, the last line is the answer if
    it is emphasised, or is a number, an option or a truth value by itself; any other reply is free-form, and is the
    answer as a whole.

    Args:
        completion: without its reasoning.

    Returns:
        The answer; empty only if the completion is.
    """
    text = completion.strip()
    for marker in reversed(list(_MARKER.finditer(text))):
        if answer := _bare(text[marker.end() :]):
            return answer
    return _unmarked(text) or text


def _bare(text: str) -> str:
    """An answer without what stands around it."""
    text = text.strip()
    if fenced := _FENCED.match(text):
        return fenced["inside"].strip()
    if text[:1] in {"{", "["} and (end := _json_end(text)):
        return text[:end]
    if boxed := _BOXED.fullmatch(text.strip("$. ")):
        return boxed[1].strip()
    text = text.strip("*").strip()
    inside = text[1:-1]
    return inside if text == f"`{inside}`" and inside and "`" not in inside else text


def _json_end(text: str) -> int:
    """The end of the JSON value at the beginning, if its line ends there too; 0 if there is none."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return end if not text[end:].partition("\n")[0].strip() else 0


def _unmarked(text: str) -> str:
    blocks = list(_FENCED.finditer(text))
    if len(blocks) == 1 and blocks[0].end() == len(text) and "\n" not in text[: blocks[0].start()].strip():
        return blocks[0]["inside"].strip()
    if boxes := _BOXED.findall(text):
        return str(boxes[-1]).strip()
    last = text.splitlines()[-1].strip() if text else ""
    if bold := _BOLD.fullmatch(last):
        return bold["inside"].strip()
    return last if _TYPED.fullmatch(last.removesuffix(".")) else text
