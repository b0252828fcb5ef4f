"""Half tools: a light model reads a letter, the tool works out the rest; beside the strong model's own answers.

The letters are those of `freetext_written`, with the writer's answers; a rule is applied to these. `--maker MODEL
--user MODEL --record FILE` has the tools made and the questions answered; else the recording is replayed.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from freetext import settings_of
from freetext_finding import FINDING
from freetext_kinds import Drawn, Kind, asked
from freetext_tables import TABLES
from freetext_written import RECORDING as LETTERS
from freetext_written import documents

from latm import Question, Settings
from latm.answering.direct import DirectAnswer
from latm.answering.reader import Reader
from latm.form import Form, find_form
from latm.ledger import Usage
from latm.making.maker import ToolMaker
from latm.making.order import Made, Order
from latm.models import Models, open_models
from latm.sandbox import Sandbox, open_sandbox
from latm.task import Example
from latm.tool import ToolVersion

RECORDING = Path(__file__).parent / "recordings" / "freetext_half.jsonl"
EXAMPLES, SHOWN, UNSEEN = 8, 4, 5
_DAYS_TO_RETURN = 30
_TODAY = date(2026, 3, 1)
_WHOLE, _HALF = 183, 730
_SAYS_NOT = ("none", "unclear")
_SILENT = 4
"""One letter that does not say what is asked for, to so many that do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of request that takes a letter and a rule.

    Attributes:
        name: its name.
        letters: the kind whose letters these are.
        ask: the rule.
        form: what the answer is to look like.
        worked_out: from what the writer says stands in the letter to the right answer.
    """

    name: str
    letters: str
    ask: str
    form: str
    worked_out: Callable[[str], str]


def _last_day(said: str) -> str:
    if said == "none":
        return said
    last = date.fromisoformat(said) + timedelta(days=_DAYS_TO_RETURN)
    return str(last + timedelta(days=max(0, 7 - last.weekday()) if last.weekday() > 4 else 0))  # noqa: PLR2004  # Friday


def _refund(said: str) -> str:
    ticket = json.loads(said)
    if ticket["amount"] is None or ticket["ordered_on"] is None:
        return "unclear"
    days = (_TODAY - date.fromisoformat(ticket["ordered_on"])).days
    share = 1 if days <= _WHOLE else Decimal("0.5") if days <= _HALF else 0
    refund = (Decimal(str(ticket["amount"])) * share).quantize(Decimal("0.01"), ROUND_DOWN)
    return f"{refund} EUR"


RULES = (
    Rule(
        "last day to return",
        "delivery_date",
        "By which day must the goods that this letter is about be sent back at the latest? They may be sent back "
        f"within {_DAYS_TO_RETURN} days after the day of delivery; where the last of these days is a Saturday or a "
        "Sunday, the Monday after it counts.",
        "Answer with the date as YYYY-MM-DD, or with 'none' if the letter gives no day of delivery.",
        _last_day,
    ),
    Rule(
        "refund",
        "ticket",
        f"Today is {_TODAY}. How much does the customer who wrote this message get back? All that was paid if the "
        f"order was made at most {_WHOLE} days ago, half of it, rounded down to the cent, if at most {_HALF} days "
        "ago, otherwise nothing.",
        "Answer with the amount, such as 43.20 EUR, or with 'unclear' if the message does not say what was paid or on "
        "which day the order was made.",
        _refund,
    ),
)


def spread(items: Sequence[Any], count: int) -> list[Any]:
    """So many of them, evenly."""
    return [items[int(number * len(items) / count)] for number in range(count)]


async def cases(rule: Rule, letters: Models) -> tuple[list[Example], list[Example]]:
    """Examples, and unseen questions with their right answers."""
    assert letters.maker is not None  # noqa: S101  # a recording is replayed
    kind = next(one for one in (*FINDING, *TABLES) if one.name == rule.letters)
    layout = Kind(rule.name, rule.ask, rule.form, kind.draw, ())
    found = []
    for one in await documents(letters.maker, kind):
        drawn = Drawn(one.text[one.start : one.end], rule.worked_out(one.answer))
        found.append(Example(asked(layout, "marks", drawn).text, drawn.answer))
    telling = [one for one in found if one.answer not in _SAYS_NOT]
    silent = [one for one in found if one.answer in _SAYS_NOT]
    few = spread(silent, len(telling) // _SILENT)
    found = [one for one in found if one in telling or one in few]
    examples = spread(found, EXAMPLES)
    return examples, spread([one for one in found if one not in examples], UNSEEN)


async def make(name: str, examples: Sequence[Example], form: Form, models: Models, sandbox: Sandbox) -> Made:
    """Have the tool made; the light model may be left the reading."""
    assert models.maker is not None  # noqa: S101  # one is set, or a recording is replayed
    judge = DirectAnswer(models.judge) if models.judge else None
    settings = Settings(examples_shown=SHOWN, examples_held_out=EXAMPLES - SHOWN, examples_of_text=EXAMPLES)
    maker = ToolMaker(models.maker, judge, sandbox, settings, user=models.user)
    return await maker.make(Order(name, examples, form=form, shown=SHOWN))


async def row(rule: Rule, letters: Models, models: Models, sandbox: Sandbox) -> dict[str, Any]:
    """What a rule's tool answers, and what the strong model does, with what each takes."""
    assert models.user is not None  # noqa: S101  # one is set, or a recording is replayed
    assert models.direct is not None  # noqa: S101  # one is set, or a recording is replayed
    examples, unseen = await cases(rule, letters)
    form = find_form([one.answer for one in examples], [one.question for one in examples])
    made = await make(rule.name, examples, form, models, sandbox)
    found: dict[str, Any] = {"kind": rule.name, "outcome": str(made.making.outcome), "reason": made.making.reason}
    found |= {"making_tokens": made.making.usage.tokens, "making_calls": made.making.usage.calls}
    found["caught"] = dict(made.making.caught)
    if made.program is None:
        return found
    found["tool"] = str(made.program.kind)
    version = ToolVersion(rule.name, made.program, 1, made.demonstrations, made.verification)
    user, strong = Reader(models.user, sandbox), DirectAnswer(models.direct)
    used = await asyncio.gather(*(user.answer(one.question, version) for one in unseen))
    direct = await asyncio.gather(*(strong.answer(Question(one.question)) for one in unseen))
    found["half"] = _judged([(one.text, one.usage) for one in used], unseen, form)
    found["strong"] = _judged(direct, unseen, form)
    found["passed on"] = [one.evidence for one in used if one.text is None]
    return found


def _judged(given: Sequence[tuple[str | None, Usage]], unseen: Sequence[Example], form: Form) -> dict[str, Any]:
    """How many are answered and right, and what an answer takes."""
    pairs = [(one, text) for one, (text, _) in zip(unseen, given, strict=True) if text is not None]
    wrong = [(one, text) for one, text in pairs if not form.same(text, one.answer)]
    usage = sum((usage for _, usage in given), Usage())
    return {
        "asked": len(unseen),
        "answered": len(pairs),
        "right": len(pairs) - len(wrong),
        "tokens_sent": usage.input_tokens / len(given),
        "tokens_received": usage.output_tokens / len(given),
        "wrong": [{"question": one.question, "right": one.answer, "said": text} for one, text in wrong],
    }


async def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows."""
    written = settings_of(None, None, LETTERS)
    given = Settings(
        maker=options.maker, user=options.user, record=options.record, timeout=6 * 3_600, retries=10,
        replay=None if options.maker else options.replay,
    )  # fmt: skip
    letters, models = open_models(written), open_models(given)
    try:
        async with open_sandbox(given) as sandbox:
            chosen = [rule for rule in RULES if rule.name in (options.only or [rule.name])]
            return list(await asyncio.gather(*(row(rule, letters, models, sandbox) for rule in chosen)))
    finally:
        await letters.close()
        await models.close()


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[rule.name for rule in RULES], help="this kind alone")
    parser.add_argument("--maker", help="the model that makes the tools, and answers directly")
    parser.add_argument("--user", help="the light model")
    parser.add_argument("--record", type=Path, help="append what they say to this recording")
    parser.add_argument("--replay", type=Path, default=RECORDING, help="replay this recording")
    options = parser.parse_args()
    print(json.dumps({"rows": asyncio.run(run(options))}))


if __name__ == "__main__":
    main()
