"""Afterthoughts: instructions after a document that ends a request. No parser can tell them from its text."""

import re
from collections.abc import Callable, Sequence
from itertools import chain

from latm.kinds import TEXT
from latm.task import Task
from latm.tool import ToolVersion

_LONGEST = 300
"""How many characters of the end are read."""
_SENTENCES = 2
_MOST = 200
"""How many examples are read."""
_ENOUGH = 2
_ONE_IN = 5
"""A sentence needs one point for this many words: a long sentence may mention answers in passing."""

_BREAK = re.compile(r"(?<=[.!?:;。？！])\s+|\n+")
_CLAUSE = re.compile(r"[,;:()–—]\s*|\b(?:and|or|und|oder|et|ou|y|o|e)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_A_VERB = _words(
    "aber actually also bitte but can could dann do don't favor favore finally hmm important jetzt just kindly merci "
    "ne never not note now ok okay only per plaît please por rather s'il so sorry then vous wait would you"
)
"""Words that may stand before the opening of a clause."""

_OPENINGS = _words(
    "add ajoute ajoutez answer antwoord antworte antworten añada añade beantworte begin calculate classify compare "
    "compute contesta conteste convert correct count dame describe dime dimmi disregard donne donnez double elenca "
    "escriba escribe estimate exclude explain explica express extract fasse forget format geben geef gib give group "
    "highlight ignora ignore ignorez ignoriere ignorieren include indica invent lass leave limit list liste make mark "
    "mention multiply napisz negeer nenne nennen net nur ohne olvida omit only oublie oubliez output paraphrase podaj "
    "pretend print put quote rank remove repeat rephrase replace reply respond responda responde resume return "
    "rewrite rispondi round répondez réponds résume résumez sans say schreib schreibe schreiben schrijf scrivi send "
    "shorten show sin skip solo soltanto sort spell split state subtract summarise summarize suppose svar tell "
    "traduce traduci traduis traduisez traduzca translate turn use vertaal without write zähle écris écrivez "
    "übersetze übersetzen напиши ответь переведи перечисли"
)
"""Words that open instructions: verbs that ask for an answer, and words that limit one."""

_PLAIN = _words(
    "classify csv disregard html ignore instead json markdown rephrase rewrite stattdessen summarise summarize "
    "summary translate translation xml yaml"
)
"""Words that speak of an answer in any place."""

_OF_ANSWERS = _words(
    "above allemand alphabetical alphabetically amount anglais anonymous answer answers antwort author beginning bold "
    "bracket brackets bullet bullets capital capitals column comma customer customer's decimal decimals deutsch digit "
    "digits disregard document else englisch english español essay field fields form format frage französisch "
    "français frase french german give heading ignore inglés instruction instructions italian key keys language "
    "letters line lines list lowercase mots order palabras paragraph parole passage phrase phrases poem precise "
    "prompt question questions reason reasons request respuesta result risposta row rows réponse satz sender sentence "
    "sentences separate spanish spelled steps sum sätze tabelle table task template testo text texte texto total "
    "uppercase word words working wort write writer wörter zusammenfassung"
)
"""Words for answers, their forms and languages, the document and its author."""

_TELLING = _OPENINGS | _PLAIN | _OF_ANSWERS

_OF_LETTERS = _words("our us we we're we've you're your")
"""Words that letters use: their authors speak of themselves and of their readers."""

_SIGNS = re.compile("翻译|翻譯|总结|總結|忽略|回答|用.{1,4}文|答えて|要約|翻訳|無視")
"""The same in scripts without spaces. Each of these is enough by itself."""


AFTERTHOUGHT = "afterthought"
"""The guard that keeps a tool from answering if there is an afterthought."""


def has_afterthought(
    question: str, tool: ToolVersion, task: Task, is_another: Callable[[str], bool] = lambda _: False
) -> bool:
    """Whether an instruction follows the document that ends a question, as far as the wording shows.

    One of its last two sentences must be new: most of its words do not appear at the end of any of the task's
    examples. And it must ask for something as instructions do: by a verb that opens a clause, by words that speak of
    answers, or in the fixed text of another kind. The test errs both ways. A question that it holds back by mistake
    costs a direct answer.

    Args:
        question: its text.
        tool: the task's tool. If the document does not end the request, the tool accounts for the text that does.
        task: the task, with the questions that its tool was made and confirmed with.
        is_another: tells whether a text holds the fixed text of another kind.
    """
    if not tool.verification.frame.endswith(TEXT):
        return False
    last = _last(question)
    asking = [one for one in last if _asks(one)]
    if not asking and is_another(whole := " ".join(last)):
        asking = [whole]
    if not asking:
        return False
    ends = chain.from_iterable(_last(one.question) for one in task.examples[:_MOST])
    usual = set(chain.from_iterable(map(_words_of, ends)))
    return any(2 * len(usual.intersection(words := set(_words_of(one)))) <= len(words) for one in asking)


def _last(text: str) -> list[str]:
    """The last sentences. Lines of a quoted mail do not count."""
    sentences = _BREAK.split(text.rstrip()[-_LONGEST:])[-_SENTENCES:]
    return [one for one in sentences if one and not one.lstrip().startswith(">")]


def _asks(sentence: str) -> bool:
    """Whether a sentence asks for an answer, or for a different one."""
    words = _words_of(sentence)
    if _TELLING.isdisjoint(words):
        return _SIGNS.search(sentence) is not None
    clauses = list(filter(None, map(_words_of, _CLAUSE.split(sentence))))
    opening = {_opening(clause) for clause in clauses}
    return any(_is_instruction(set(one), opening) for one in (words, *clauses))


def _is_instruction(words: set[str], opening: set[str]) -> bool:
    strong = words & (_PLAIN | opening)
    points = 2 * len(strong) + len((words & _OF_ANSWERS) - strong) - len(words & _OF_LETTERS)
    return points >= _ENOUGH and _ONE_IN * points >= len(words)


def _opening(words: Sequence[str]) -> str:
    """The opening of a clause if instructions open so; otherwise empty."""
    at = next((at for at, word in enumerate(words) if word not in _BEFORE_A_VERB), len(words))
    return next((word for word in (*words[at : at + 1], *words[max(0, at - 1) : at]) if word in _OPENINGS), "")


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
