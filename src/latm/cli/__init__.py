"""The command line. Each verb is imported when it is first needed, so that `latm --help` costs nothing."""

import click

from latm import __version__
from latm.cli.plugged import PluggedGroup

EPILOG = """
Settings come from flags, then from LATM_* in the environment, then from latm.toml in the current folder, then from
your own.

\b
Start here:
  latm demo                                  needs no key and no network
  latm run questions.jsonl -o answers.jsonl --maker openai:gpt-5
"""

VERBS = {
    "init": ("latm.cli.init:init", "Choose a model, try it, and write latm.toml."),
    "doctor": ("latm.cli.doctor:doctor", "Check Python, the sandbox, the store and each model."),
    "demo": ("latm.cli.demo:demo", "The whole loop on a stream of questions, with no key and no network."),
    "ask": ("latm.cli.ask:ask", "Answer one question."),
    "run": ("latm.cli.run:run", "Answer a file of questions; stops and resumes at any moment."),
    "serve": ("latm.cli.serve:serve", "An OpenAI-compatible endpoint whose recurring requests become tools."),
    "keys": ("latm.cli.keys:keys", "Keys of the gateway: create, list, revoke; budgets of projects."),
    "make": ("latm.cli.make:make", "Make a tool for a task from examples with answers."),
    "tasks": ("latm.cli.tasks:tasks", "List, show, rename, merge, unmerge and split the kinds of question."),
    "tools": (
        "latm.cli.tools:tools",
        "List tools; show, export, import, promote, retire, restore, approve, pin, delete and rename them.",
    ),
    "mcp": ("latm.cli.mcp:mcp", "Offer the tools that serve to clients of the Model Context Protocol."),
    "audit": ("latm.cli.audit:audit", "Report right answers that came later; or list what audits found."),
    "ledger": ("latm.cli.ledger:ledger", "What each task was billed, and what its tools avoided."),
    "plan": ("latm.cli.plan:plan", "What a bound on the error takes: audits, days, tokens, money."),
    "store": ("latm.cli.store:store", "The tool cache: copy, check, compact and upgrade it."),
    "forget": ("latm.cli.forget:forget", "Forget questions and answers, by age, scope, task or text."),
    "trust": ("latm.cli.init:trust_file", "Let the latm.toml of this folder decide where things go."),
    "sandbox": ("latm.cli.sandbox:sandbox", "Check the jail that tool code runs in."),
}


@click.group(cls=PluggedGroup, verbs=VERBS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="latm")
def main() -> None:
    """Large Language Models as Tool Makers.

    A strong model writes, once per kind of question, a small verified tool; from then on the tool answers, with no
    model call.
    """
