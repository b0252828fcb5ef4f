"""`latm serve`: the gateway."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from latm.cli.options import SettingsCommand, given_flags, settings_options
from latm.errors import SettingsError
from latm.telemetry import not_installed

if TYPE_CHECKING:
    from latm.gateway.app import Gateway


@click.command(cls=SettingsCommand)
@click.option(
    "--host", metavar="ADDRESS", help="Where to listen; anything but loopback takes keys. [default: 127.0.0.1]"
)
@click.option("--port", type=int, metavar="N", help="On which port; 0: any that is free. [default: 8080]")
@click.option(
    "--upstream", multiple=True, metavar="URL", help="Where requests go on to; repeat it for one to fall back on."
)
@click.option(
    "--upstream-key-env", metavar="NAME", help="The variable that holds their key. Not set: the callers' keys."
)
@click.option("--provider", metavar="NAME", help="By whose prices tokens are counted in money, such as openai.")
@click.option("--processes", type=int, metavar="N", help="Worker processes on one store. [default: 1]")
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file of the gateway's settings.")
@settings_options()
@click.pass_context
def serve(context: click.Context, /, **given: Any) -> None:
    """Serve an OpenAI-compatible endpoint in front of a model.

    Applications change their base URL to the one that is printed. Recurring requests become tools. At first these are
    only compared with the model; `--policy certified` lets them answer once audits have shown how seldom they err.
    """
    try:
        from latm.gateway.serving import Sources
        from latm.gateway.serving import serve as run
    except ImportError as error:
        raise not_installed(str(error.name), "gateway") from error
    own = {name: given[name] for name in ("host", "port", "processes") if given[name] is not None}
    if given["upstream"]:
        beside = {"key_env": given["upstream_key_env"] or "", "provider": given["provider"] or ""}
        own["upstreams"] = [{"url": url, **beside} for url in given["upstream"]]
    elif given["upstream_key_env"] or given["provider"]:
        raise SettingsError("A key or a provider is set for no upstream.", hint="Name it by --upstream URL.")
    run(Sources(given_flags(context), own, given["config"]), _said)


def _said(url: str, gateway: "Gateway") -> None:
    """Tell a person what to do now."""
    click.echo(f"base URL   {url}/v1")
    click.echo(f"goes on to {', '.join(upstream.url for upstream in gateway.own.upstreams)}")
    settings = gateway.settings
    if settings.maker is None and settings.replay is None:
        click.secho("No maker is set: requests pass through, and nothing becomes a tool. Set --maker.", fg="yellow")
    elif settings.policy == "shadow":
        click.echo(
            "Tools are compared only. `--policy certified` lets them answer once audits have shown how they err."
        )
    else:
        click.echo(f"Tools serve by the policy {settings.policy}.")
