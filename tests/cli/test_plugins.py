"""Commands that other packages bring."""

from importlib import metadata
from pathlib import Path

import pytest
from calling import Call

GREETS = "import click\n\n@click.command\ndef greet():\n    '''Say hello.'''\n    click.echo('hello')\n"
BREAKS = "raise RuntimeError('half installed')\n"
NO_COMMAND = "greet = 7\n"


def install(folder: Path, package: str, module: str, code: str, verb: str = "greet") -> None:
    """A package as an installer leaves it."""
    told = folder / f"{package}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nSummary: Says hello.\n")
    (told / "entry_points.txt").write_text(f"[latm.commands]\n{verb} = {module}:greet\n")
    (folder / f"{module}.py").write_text(code)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_package_brings_a_command(packages: Path, latm: Call) -> None:
    install(packages, "greeter", "greeting_one", GREETS)

    assert latm("greet").out == "hello\n"
    assert "greet  Says hello." in latm("--help").out


@pytest.mark.parametrize(
    ("installed", "sentence"),
    [
        ({"broken": ("greeting_two", BREAKS)}, "'greet' of broken cannot be loaded: RuntimeError: half installed"),
        ({"seven": ("greeting_three", NO_COMMAND)}, "'greet' of seven is 7, which is not a click command"),
        (
            {"one": ("greeting_four", GREETS), "two": ("greeting_five", GREETS)},
            "Two packages bring a command 'greet': one and two.",
        ),
    ],
    ids=["broken", "no command", "two of one name"],
)
def test_a_package_that_cannot_be_used_is_one_sentence_and_the_rest_works(
    installed: dict[str, tuple[str, str]], sentence: str, packages: Path, latm: Call
) -> None:
    for package, (module, code) in installed.items():
        install(packages, package, module, code)

    ended = latm("greet")
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert latm("--help").code == latm("sandbox", "--help").code == 0


def test_a_command_of_latm_is_never_replaced(packages: Path, latm: Call) -> None:
    install(packages, "greeter", "greeting_six", GREETS, verb="ask")

    assert "hello" not in latm("ask", "--help").out


def test_a_command_whose_package_is_missing_names_it(latm: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.cli.plugged.entry_points", lambda **_: metadata.EntryPoints())

    ended = latm("bench")
    assert ended.code == 2
    assert "`latm bench` comes with the package latm-bench, which is not installed." in ended.err
    assert "Needs latm-bench." in " ".join(latm("--help").out.split()).replace("- ", "-")
