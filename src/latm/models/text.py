"""Text from models: what of it can be kept, and what of it is not part of the answer."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_UNKEPT = re.compile("[\0\ud800-\udfff]")
_OPENING = r"<(?:think|thinking|thought|reasoning)>|\[THINK\]"
_CLOSING = r"</(?:think|thinking|thought|reasoning)>|\[/THINK\]"
_ANY = f"(?:{_OPENING}|{_CLOSING})"
_TAG = re.compile(rf"""`{_ANY}`|'{_ANY}'|"{_ANY}"|(?P<opening>{_OPENING})|(?P<closing>{_CLOSING})""", re.IGNORECASE)


def clean_text(text: str) -> str:
    """The text, with what no store and no file can keep (NUL, lone surrogates) replaced by U+FFFD."""
    return _UNKEPT.sub(REPLACEMENT, text)


def one_line(text: str, limit: int = 300) -> str:
    """The text for people: one line of bounded length, without control characters."""
    line = "".join(sign for sign in " ".join(clean_text(text).split()) if sign.isprintable())
    return line if len(line) <= limit else f"{line[:limit]}…"


def without_reasoning(text: str) -> str | None:
    """What a completion says after, between and outside its reasoning.

    Reasoning stands between `<think>` and `</think>` or tags like them, which may be nested. A closing tag without an
    opening one ends reasoning that began in the prompt. A tag in quotes or backticks is a word of the text.

    Args:
        text: as the model gave it.

    Returns:
        The text unchanged if it holds no reasoning; None if it ends in the midst of reasoning.
    """
    said, depth, kept_to, before = "", 0, 0, 0
    tags = [tag for tag in _TAG.finditer(text) if tag.lastgroup]
    for number, tag in enumerate(tags, start=1):
        if tag["closing"]:
            said = said if depth else ""
            depth = max(0, depth - 1)
            kept_to = tag.end()
        elif (
            depth
            or _begins_line(text[before : tag.start()])
            or any(later["closing"] for later in tags[number : number + 1])
        ):
            said += "" if depth else text[kept_to : tag.start()]
            depth += 1
        before = tag.end()
    if depth:
        return None
    return (said + text[kept_to:]).strip() if kept_to else text


def _begins_line(text: str) -> bool:
    """Whether what follows a text stands at the beginning of a line, or next to the tag before."""
    return not text.rpartition("\n")[2].strip()
