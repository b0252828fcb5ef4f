"""Afterthoughts: instructions after a document that ends a request, where no parser can tell them from its text."""

import re
from collections.abc import Callable, Sequence
from itertools import chain

from latm.kinds import TEXT
from latm.task import Task
from latm.tool import ToolVersion

_LONGEST = 300
"""Characters of the end that are looked at."""
_SENTENCES = 2
_ENOUGH = 2
_ONE_IN = 5
"""A point for so many words at least: what a long sentence says of answers in passing, it says of something else."""

_BREAK = re.compile(r"(?<=[.!?:;。？！])\s+|\n+")
_CLAUSE = re.compile(r"[,;:()–—]\s*|\b(?:and|or|und|oder|et|ou|y|o|e)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_A_VERB = _words(
    "actually also but can could do don't finally hmm important just kindly ne never not note now ok okay only please rather so "
    "sorry then wait would you "
    "aber bitte dann jetzt merci per favore por favor s'il vous plaît"
)
"""These may stand before what a clause opens with."""

_OPENINGS = _words(
    "add answer begin calculate classify compare compute convert correct count describe disregard double estimate exclude explain "
    "express extract forget format give group highlight ignore include invent leave limit list make mark mention multiply "
    "net omit only output paraphrase pretend print put quote rank remove repeat rephrase replace reply respond "
    "return rewrite round say send shorten show skip sort spell split state subtract summarise summarize suppose tell "
    "translate turn use without write "
    "antworte antworten beantworte fasse gib geben ignoriere ignorieren lass liste nenne nennen nur ohne schreib "
    "schreibe schreiben übersetze übersetzen zähle "
    "ajoute ajoutez donne donnez écris écrivez ignorez oublie oubliez réponds répondez résume résumez sans traduis "
    "traduisez "
    "contesta conteste dame escribe escriba explica ignora olvida responde responda resume sin solo traduce traduzca "
    "añade añada dime dimmi elenca indica rispondi scrivi soltanto traduci antwoord geef negeer schrijf vertaal svar "
    "napisz podaj напиши ответь переведи перечисли"
)
"""What instructions open with: verbs that ask for an answer, and what limits one."""

_PLAIN = _words(
    "classify csv disregard html ignore instead json markdown rephrase rewrite summarise summarize summary translate translation xml "
    "yaml stattdessen"
)
"""These speak of an answer wherever they stand."""

_OF_ANSWERS = _words(
    "above alphabetical alphabetically amount anonymous answer answers author beginning bold bracket brackets bullet bullets "
    "capital capitals column comma customer customer's decimal decimals digit digits disregard document else english "
    "essay field fields form format french german give heading ignore instruction instructions italian key keys "
    "language letters line lines list lowercase order paragraph passage phrase poem precise prompt question questions "
    "reason reasons request result row rows sender sentence sentences separate spanish spelled steps sum table task template "
    "text total uppercase word words working write writer "
    "antwort deutsch englisch frage französisch satz sätze tabelle text wort wörter zusammenfassung "
    "allemand anglais français mots phrase phrases réponse texte español frase inglés palabras respuesta texto "
    "parole risposta testo"
)
"""Answers, their forms and languages, the document and who wrote it."""

_TELLING = _OPENINGS | _PLAIN | _OF_ANSWERS

_OF_LETTERS = _words("our us we we're we've you're your")
"""Those who write letters speak of themselves and of their reader."""

_SIGNS = re.compile("翻译|翻譯|总结|總結|忽略|回答|用.{1,4}文|答えて|要約|翻訳|無視")
"""The same in scripts without spaces, each enough by itself."""


AFTERTHOUGHT = "afterthought"
"""The guard that keeps a tool from answering then."""


def has_afterthought(
    question: str, tool: ToolVersion, task: Task, is_another: Callable[[str], bool] = lambda _: False
) -> bool:
    """Whether a question that ends in a document holds an instruction after it, as far as its wording tells.

    One of its last two sentences must be new, which is to say that most of its words stand at the end of none of the
    task's examples, and ask for something as instructions do: by a verb that opens a clause, by words that speak of
    answers, or in the fixed text of another kind. It errs on both sides; what it holds back by mistake costs a direct
    answer.

    Args:
        question: its text.
        tool: of its task; where the document does not end the request, the tool accounts for what does.
        task: with the questions that its tool was made and confirmed with.
        is_another: whether a text holds the fixed text of another kind.
    """
    if not tool.verification.frame.endswith(TEXT):
        return False
    last = _last(question)
    asking = [one for one in last if _asks(one)]
    if not asking and is_another(whole := " ".join(last)):
        asking = [whole]
    if not asking:
        return False
    usual = {word for one in task.examples for word in chain.from_iterable(map(_words_of, _last(one.question)))}
    return any(2 * len(usual.intersection(words := set(_words_of(one)))) <= len(words) for one in asking)


def _last(text: str) -> list[str]:
    """The last sentences; lines of a quoted mail are none."""
    sentences = _BREAK.split(text.rstrip()[-_LONGEST:])[-_SENTENCES:]
    return [one for one in sentences if one and not one.lstrip().startswith(">")]


def _asks(sentence: str) -> bool:
    """Whether a sentence asks for an answer, or for another one."""
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
    """What a clause opens with, if instructions do; else empty."""
    at = next((at for at, word in enumerate(words) if word not in _BEFORE_A_VERB), len(words))
    return next((word for word in (*words[at : at + 1], *words[max(0, at - 1) : at]) if word in _OPENINGS), "")


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
