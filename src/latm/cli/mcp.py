"""`latm mcp`: the tools that serve, for clients of the Model Context Protocol."""

import click

from latm.cli.awaiting import wait_for
from latm.cli.options import SettingsCommand, settings_from, settings_options
from latm.telemetry import not_installed


@click.command(cls=SettingsCommand)
@click.option("--http", is_flag=True, help="Serve over HTTP, at /mcp, instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: an address of this machine alone.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--allowed-host", multiple=True, metavar="NAME", help="A name of a proxy in front; may be repeated.")
@click.option("--scope", default="", metavar="PROJECT", help="Whose tools; if not given, those without a project.")
@settings_options("store", "sandbox", "isolation", "workers", "tool_seconds", "tool_memory_mb", "tool_output_kb")
@click.pass_context
def mcp(  # noqa: PLR0913  # as many as the command line has
    context: click.Context,
    /,
    *,
    http: bool,
    host: str,
    port: int,
    allowed_host: tuple[str, ...],
    scope: str,
    **_settings: object,
) -> None:
    """Offer every tool that serves to a client of the Model Context Protocol.

    Each is a tool of its own; `search_tools` and `run_tool` are always there. Tools that come and go are announced.
    Their code runs in the sandbox, as everywhere.
    """
    settings = settings_from(context)
    try:
        from latm.mcp.serving import Address, serve_http, serve_stdio
    except ModuleNotFoundError as error:
        raise not_installed(str(error.name), "mcp") from error
    if http:
        address = Address(host, port, allowed_host)
        wait_for(serve_http(settings, scope, address, lambda url: click.echo(f"Serving at {url}", err=True)))
    else:
        wait_for(serve_stdio(settings, scope))
