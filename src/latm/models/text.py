"""Text from models: what of it can be kept, and what of it is no part of the answer."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_UNKEPT = re.compile("[\0\ud800-\udfff]")
_TAG = re.compile(
    r"""(?<![`'"])(?:<(?P<closing>/)?(?:think|thinking|thought|reasoning)>|\[(?P<closed>/)?THINK\])(?![`'"])""",
    re.IGNORECASE,
)


def clean_text(text: str) -> str:
    """The text, with what no store and no file can keep (NUL, lone surrogates) replaced by U+FFFD."""
    return _UNKEPT.sub(REPLACEMENT, text)


def without_reasoning(text: str) -> str | None:
    """What a completion says after, between and outside its reasoning.

    Reasoning stands between `<think>` and `</think>` or tags like them, which may be nested. A closing tag without an
    opening one ends reasoning that began in the prompt. A tag in quotes or backticks is a word of the text.

    Args:
        text: as the model gave it.

    Returns:
        The text unchanged where it holds no reasoning; None where it ends in the midst of reasoning.
    """
    said, depth, kept_to = "", 0, 0
    for tag in _TAG.finditer(text):
        if tag["closing"] or tag["closed"]:
            said = "" if depth == 0 else said
            depth = max(0, depth - 1)
            kept_to = tag.end()
        elif depth or _begins_line(text, tag.start()) or _closes(text, tag.end()):
            said += "" if depth else text[kept_to : tag.start()]
            depth += 1
    if depth:
        return None
    return (said + text[kept_to:]).strip() if kept_to else text


def _begins_line(text: str, place: int) -> bool:
    return not text[:place].rpartition("\n")[2].strip()


def _closes(text: str, place: int) -> bool:
    """Whether the next tag closes; an opening tag within a line that is never closed is a word of the text."""
    following = _TAG.search(text, place)
    return following is not None and bool(following["closing"] or following["closed"])
