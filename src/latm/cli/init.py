"""`latm init` and `latm trust`: a folder's `latm.toml`."""

import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from latm.cli.awaiting import wait_for
from latm.cli.doctor import model_check
from latm.cli.words import plain
from latm.errors import InputError, ModelError
from latm.models.access import ProviderModel
from latm.settings import load_settings
from latm.settings_file import NAME, trust

_ASK_MODEL = """Which model makes tools and answers directly?
  openai:gpt-5, anthropic:claude-opus-4-5, google:gemini-2.5-pro …   its key is in the provider's variable
  name@https://host/v1                                             any OpenAI-compatible endpoint
Model"""
_ROLES = ("maker", "user")
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google": "GOOGLE_API_KEY"}


@click.command()
@click.option("--maker", metavar="MODEL", help="The strong model; latm asks for it if it is not given.")
@click.option("--user", metavar="MODEL", help="A light model for what tools abstain from.")
@click.option("--budget-usd", type=Decimal, metavar="USD", help="Hard stop in US dollars per process.")
@click.option("--budget-tokens", type=int, metavar="N", help="Hard stop in tokens per process.")
@click.option("--try/--no-try", "tried", default=True, show_default=True, help="Try the model with one tiny call.")
@click.option("--force", is_flag=True, help="Overwrite an existing latm.toml.")
def init(*, tried: bool, force: bool, **given: Any) -> None:
    """Choose a model, try it with one tiny call, and write latm.toml into this folder.

    No key is ever written: keys stay in the environment.
    """
    path = Path(NAME)
    if path.exists() and not force:
        raise InputError(f"There is a {NAME} in this folder already.", hint="Edit it, or use --force to replace it.")
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen["maker"] = given["maker"] or click.prompt(_ASK_MODEL)
    models = [chosen[role] for role in _ROLES if role in chosen]
    settings = load_settings(chosen)
    if "budget_usd" in chosen and not all(ProviderModel(name, timeout=1).has_price() for name in models):
        raise InputError(
            f"The price of {' or '.join(models)} is not known.", hint="Use --budget-tokens instead of --budget-usd."
        )
    if tried:
        for name in models:
            click.echo(plain(f"Asking {name} for one word …"), err=True)
            check = wait_for(model_check("model", name, settings))
            if not check.ok:
                raise ModelError(check.said, hint="Nothing was written. Correct it, or use --no-try.")
            click.echo(plain(check.said), err=True)
    path.write_text(_text(chosen), encoding="utf-8")
    trust(path)
    click.echo(f"{NAME} is written. Next: latm run QUESTIONS.csv -o ANSWERS.csv --dry-run, or latm doctor.", err=True)


@click.command("trust")
def trust_file() -> None:
    """Let the latm.toml of this folder count as it is now, also if it says where keys, questions and tools go.

    Whoever can write that file could otherwise send your keys and questions elsewhere. Run this again after a change.
    """
    path = Path(NAME)
    if not path.exists():
        raise InputError(f"There is no {NAME} in this folder.", hint="`latm init` writes one.")
    decisive = trust(path)
    click.echo(
        plain(f"{path.resolve()} counts as it is now{': ' + ', '.join(decisive) if decisive else ''}."), err=True
    )


def _text(chosen: Mapping[str, object]) -> str:
    """The file, with what may be set beside it."""
    maker, user = str(chosen["maker"]), chosen.get("user")
    budgets = [f"{name} = {chosen[name]}" for name in ("budget_usd", "budget_tokens") if name in chosen]
    provider = maker.partition(":")[0]
    is_own = "@" in maker
    key = _KEYS.get(provider, "OPENAI_API_KEY" if is_own else f"{provider.upper()}_API_KEY")
    there = "" if os.environ.get(key) else ", which is not set in this shell"
    whose = "A key, if the endpoint wants one," if is_own else "The key"
    lines = [
        "# Settings of latm for this folder. Flags and LATM_* in the environment win over them.",
        f"# {whose} is read from {key}{there}; it never belongs in this file.",
        "",
        "# The strong model: makes tools, and answers what no tool answers.",
        f"maker = {json.dumps(maker)}",
        "",
        "# A light model that reads the arguments if a tool's own parser abstains.",
        f"user = {json.dumps(user)}" if user else '# user = "openai:gpt-5-mini"',
        "",
        "# Hard stop per process, in US dollars or in tokens.",
        *(budgets or ["# budget_usd = 5"]),
        "",
        "# All settings: latm run --help",
    ]
    return "\n".join(lines) + "\n"
