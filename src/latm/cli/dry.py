"""`latm run --dry-run`: what a file holds, and what it would take, without one model call."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, TypedDict

import click

from latm.batch.outline import REPLY_TOKENS, Outline, outline
from latm.cli.words import counted, dollars, plain, share, tokens
from latm.ledger import usd
from latm.models.access import ProviderModel
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.settings import Settings
from latm.task import Instance

_SHOWN = 12
_WIDTH = 70


class OutlinedKindObject(TypedDict):
    """A kind that `latm run --dry-run --json` found."""

    template: Annotated[str, "its fixed text, with holes for the data"]
    questions: Annotated[float, "of this kind"]
    directly: Annotated[float, "tokens for answering them all directly"]
    with_tool: Annotated[float | None, "tokens if a tool answers all but the first; null if that does not pay"]


class OutlineObject(TypedDict):
    """`latm run --dry-run --json`: estimates, without a model call."""

    questions: Annotated[int, "in the file"]
    looked_at: Annotated[int, "questions that the figures are scaled up from"]
    loose: Annotated[float, "questions of no kind"]
    directly: Annotated[float, "tokens for answering everything directly"]
    with_tools: Annotated[float, "tokens if every tool that pays is made"]
    cost: Annotated[float | None, "US dollars for answering everything directly; null without a known price"]
    kinds: Annotated[list[OutlinedKindObject], "the largest first"]


def show(instances: Iterable[Instance], settings: Settings, *, as_json: bool) -> None:
    """Look over a file and say what is in it."""
    found = outline(instances, settings)
    cost = _cost(found, settings)
    if as_json:
        click.echo(json.dumps(outline_object(found, cost)))
        return
    scaled = "" if found.looked_at == found.questions else f", scaled up from {found.looked_at:,}"
    click.echo(f"{counted(found.questions, 'question')}{scaled}; {counted(len(found.kinds), 'kind')} by wording alone")
    for kind in found.kinds[:_SHOWN]:
        pays = (
            "no tool would pay"
            if kind.with_tool is None
            else f"a tool would save {tokens(kind.directly - kind.with_tool)}"
        )
        click.echo(f"{kind.questions:>8,.0f}  {_cut(kind.template)}  ({pays})")
    if rest := found.kinds[_SHOWN:]:
        click.echo(f"{sum(kind.questions for kind in rest):>8,.0f}  in {counted(len(rest), 'further kind')}")
    click.echo(f"{found.loose:>8,.0f}  of no kind")
    directly = found.sent + found.received
    saved = 1 - found.with_tools / directly if directly else 0.0
    click.echo(f"directly    about {tokens(directly)}, {dollars(cost)}")
    click.echo(
        f"with tools  about {tokens(found.with_tools)}: {share(saved)} less, if each tool answers all of its kind"
    )
    click.echo(
        f"Taken for that: {CHARACTERS_PER_TOKEN} characters a token, {REPLY_TOKENS} tokens a reply if the file has no "
        f"answers, {settings.making_tokens:,} tokens a making. No model was asked, and nothing was written.",
        err=True,
    )


def outline_object(found: Outline, cost: Decimal | None) -> OutlineObject:
    """An outline as `--json` prints it."""
    return {
        "questions": found.questions,
        "looked_at": found.looked_at,
        "loose": round(found.loose, 1),
        "directly": round(found.sent + found.received, 1),
        "with_tools": round(found.with_tools, 1),
        "cost": usd(cost),
        "kinds": [
            {
                "template": kind.template,
                "questions": round(kind.questions, 1),
                "directly": round(kind.directly, 1),
                "with_tool": None if kind.with_tool is None else round(kind.with_tool, 1),
            }
            for kind in found.kinds
        ],
    }


def _cost(found: Outline, settings: Settings) -> Decimal | None:
    name = settings.direct or settings.maker
    return ProviderModel(name, timeout=1).cost_of(int(found.sent), int(found.received)) if name else None


def _cut(template: str) -> str:
    text = plain(" ".join(template.split()))
    if len(text) > _WIDTH:
        return f"{text[: _WIDTH - 1]}…"
    return text or "without fixed text"
