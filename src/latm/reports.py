"""Reports of answers: gold answers that came later, and callers' words that an answer was wrong. Checked as a whole."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from latm.errors import InputError
from latm.form import Form, Same, ruled_by
from latm.store import RIGHT, WRONG, Audit, ToolCache

By = Literal["serial", "id", "question"]
_FORMAT = 'Give {"serial": …, "answer": …} or {"serial": …, "wrong": true}; `id` or `question` may stand for `serial`.'


@dataclass(frozen=True, slots=True)
class Report:
    """What is said of one answer.

    Attributes:
        name: of the answer: its serial, the id of its question, or the question.
        answer: the right answer; None if only that it was wrong is known.
        by: which of these the name is.
        where: what messages call it.
    """

    name: str
    answer: str | None = None
    by: By = "serial"
    where: str = "The report"


def read_reports(lines: Iterable[str | bytes], source: str) -> list[Report]:
    """The reports in a file of JSON lines.

    Raises:
        InputError: a line is not a report; says which, and nothing is taken from the others.
    """
    return [_read(line, f"{source}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()]


def _read(line: str | bytes, where: str) -> Report:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}.", hint=_FORMAT) from error
    by = next((by for by in ("serial", "id", "question") if isinstance(said, dict) and by in said), None)
    if by is None:
        raise InputError(f"{where} names no answer.", hint=_FORMAT)
    answer = said.get("answer")
    if not isinstance(answer, str) and said.get("wrong") is not True:
        raise InputError(f"{where} says neither the right answer nor that it was wrong.", hint=_FORMAT)
    named: By = "serial" if by == "serial" else "id" if by == "id" else "question"
    return Report(str(said[by]), answer if isinstance(answer, str) else None, named, where)


def judged(cache: ToolCache, reports: Sequence[Report], same: Same | None = None) -> list[Audit]:
    """The answers of tools that reports speak of, each with its verdict. Answers of models are passed over.

    Raises:
        InputError: a report names no answer on record, or answers cannot be compared; nothing is recorded.
    """
    known = _known(cache, reports)
    forms: dict[str, Form] = {}
    found: list[Audit] = []
    for report in reports:
        named = known.get((report.by, report.name))
        if named is None:
            hint = "The serial of an answer is in `latm run`'s output, in `Answer.serial`, and in `latm ask --json`."
            raise InputError(f"{report.where} names {report.name!r}, and no answer on record is called so.", hint=hint)
        for audit in named:
            if audit.task not in forms:
                forms[audit.task] = ruled_by(same, cache.task(audit.task).form if audit.task else Form())
            found.append(replace(audit, reference=report.answer, verdict=_verdict(forms[audit.task], audit, report)))
    return found


def _known(cache: ToolCache, reports: Sequence[Report]) -> Mapping[tuple[str, str], Sequence[Audit]]:
    known: dict[tuple[str, str], list[Audit]] = {}
    for by in {report.by for report in reports}:
        for named in cache.answered(sorted({one.name for one in reports if one.by == by}), by=by):
            audits = known.setdefault((by, named.name), [])
            if named.by_tool or named.is_exact:
                audits.append(named.audit)
    return known


def _verdict(form: Form, audit: Audit, report: Report) -> str:
    if report.answer is None:
        return WRONG
    try:
        is_same: Any = form.same(audit.text or "", report.answer)
    except Exception as error:
        said = f"{report.where}: the function that compares answers raised {type(error).__name__}: {error}."
        raise InputError(said, hint="It gets two texts, and returns whether they say the same.") from error
    return RIGHT if is_same else WRONG
