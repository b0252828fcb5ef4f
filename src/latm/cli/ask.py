"""`latm ask`: one question, one answer."""

import asyncio
import json
import sys

import click

from latm.answer import Answer, AnswerDict, Route
from latm.cli.awaiting import wait_for
from latm.cli.options import (
    SettingsCommand,
    json_option,
    require_model,
    scope_options,
    settings_from,
    settings_options,
    wants_json,
)
from latm.cli.words import dollars, plain, tokens
from latm.errors import InputError, ModelError
from latm.latm import AsyncLatm
from latm.question import Question, scope_of
from latm.settings import Settings

_PATIENCE = 1.5
"""Seconds after an answer, after which a person is told what is still going on."""


@click.command(cls=SettingsCommand)
@click.argument("question")
@scope_options
@json_option(AnswerDict)
@settings_options()
@click.pass_context
def ask(
    context: click.Context, /, question: str, scope: str | None, instructions: str | None, **_settings: object
) -> None:
    """Answer one question.

    QUESTION is the text, or `-` to read it from standard input. The answer goes to standard output; its route and its
    cost go to standard error. If the question leads to a new tool, that is made before the command ends.
    """
    settings = settings_from(context)
    text = sys.stdin.read() if question == "-" else question
    if not text.strip():
        raise InputError("The question is empty.", hint="Give it as one argument in quotes, or `-` to read it.")
    answer = wait_for(
        _ask(settings, Question(text.strip(), scope_of(instructions, scope)), as_json=wants_json(context))
    )
    if answer.route is Route.FAILED:
        require_model(settings, "No tool answers this question, and no model is set.")
        raise ModelError(f"No answer: {answer.evidence}.", hint="Ask again later.")


async def _ask(settings: Settings, question: Question, *, as_json: bool) -> Answer:
    patience: asyncio.Task[None] | None = None
    try:
        async with AsyncLatm(settings) as latm:
            if not any(known.tool for known in latm.snapshot.known):
                require_model(settings)
            answer = await latm.ask(question)
            if answer.route is not Route.FAILED:
                _show(answer, as_json=as_json)
            patience = asyncio.create_task(_tell_what_takes_long())
    finally:
        if patience is not None:
            patience.cancel()
    return answer


async def _tell_what_takes_long() -> None:
    await asyncio.sleep(_PATIENCE)
    click.echo("A tool for this kind of question is being made. Ctrl-C stops it; what was paid for is kept.", err=True)


def _show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer.to_dict()))
        return
    click.echo(plain(answer.text) if sys.stdout.isatty() else answer.text)
    spent = f"{tokens(answer.usage.tokens)}, {dollars(answer.cost)}, {answer.seconds:.2g} s"
    click.secho(f"{answer.route}: {plain(answer.evidence)} ({spent})", err=True, dim=True)
