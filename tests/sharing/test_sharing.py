"""Tools leave as packages and skills that stand alone, and come in only where they pass every gate here."""

import asyncio
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skills_ref import validate
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate_metadata
from wrapped import WRAPPED, conversation, written

from latm.errors import InputError
from latm.latm import AsyncLatm
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.sharing.bundle import MANIFEST, Bundle, bundle_of, manifest_of
from latm.sharing.packing import bundle_from, dashed, module_name, package_of, skill_of, write_files
from latm.sharing.reading import read_bundle
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Program, ToolKind, ToolVersion
from served import SUMS, promote, url_of
from toy import sum_question


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What a store says of a tool that serves."""
    store = url_of(tmp_path_factory.mktemp("origin"))
    promote(store, "Sums of numbers")

    async def packed() -> Bundle:
        with ToolCache.open(store) as cache:
            async with open_sandbox(Settings(store=store)) as sandbox:
                return await bundle_from(cache, sandbox, "Sums of numbers")

    return asyncio.run(packed())


def run(*words: object, folder: Path, said: str = "") -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    return subprocess.run(  # noqa: S603  # our own interpreter
        [str(word) for word in words], cwd=folder, input=said, capture_output=True, text=True, check=False, env=clean
    )


def test_the_tests_of_an_exported_package_pass_in_a_fresh_virtual_environment(sums: Bundle, tmp_path: Path) -> None:
    write_files(tmp_path / "sums", package_of(sums))
    uv = (sys.executable, "-m", "uv")
    built = run(*uv, "build", "--wheel", "--offline", "--no-build-isolation", "-o", tmp_path, "sums", folder=tmp_path)
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    assert run(*uv, "venv", "--python", sys.executable, "fresh", folder=tmp_path).returncode == 0
    python = tmp_path / "fresh/bin/python"
    installed = run(*uv, "pip", "install", "--offline", "--python", python, wheel, folder=tmp_path)
    assert installed.returncode == 0, installed.stderr
    shutil.copytree(tmp_path / "sums/tests", tmp_path / "apart/tests")
    tested = run(python, "-m", "unittest", "-v", folder=tmp_path / "apart")
    assert (tested.returncode, "Ran 3 tests" in tested.stderr) == (0, True), tested.stderr
    assert run(python, "-c", "import latm", folder=tmp_path).returncode == 1
    assert read_bundle(wheel) == read_bundle(tmp_path / "sums")


def test_an_exported_skill_validates_and_its_script_answers_or_abstains(sums: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "sums-of-numbers"
    write_files(folder, skill_of(sums))
    assert validate(folder) == []
    answered = run(sys.executable, "-S", "scripts/run.py", folder=folder, said=sum_question(20, 22) + "\n")
    assert (answered.returncode, answered.stdout) == (0, "42\n")
    abstained = run(sys.executable, "-S", "scripts/run.py", folder=folder, said="Write a poem.")
    assert (abstained.returncode, abstained.stdout) == (3, "")


@settings(max_examples=25, deadline=None)
@given(task=st.text(min_size=1, max_size=80), summary=st.text(max_size=2_000), example=st.text(min_size=1))
def test_whatever_a_task_is_called_its_skill_validates_and_its_module_can_be_imported(
    task: str, summary: str, example: str
) -> None:
    source = f"{summary!r}\n{SUMS.partition(chr(10))[2]}".encode("utf-8", "replace").decode()
    bundle = Bundle(task, Program(source), (Example(example, example),))
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", dashed(task))
    assert module_name(task).isidentifier()
    assert module_name(task) not in sys.stdlib_module_names
    compile(package_of(bundle)[f"{module_name(task)}/__init__.py"], "__init__.py", "exec")
    said, _ = parse_frontmatter(skill_of(bundle)["SKILL.md"])
    assert validate_metadata(said, Path(dashed(task))) == []


async def imported(store: str, bundle: Bundle, examples: tuple[Example, ...] = (), **more: object) -> tuple[str, str]:
    """The status of a tool that was taken in, and how a question of its kind is answered then."""
    async with AsyncLatm(Settings(store=store, **more)) as latm:  # type: ignore[arg-type]  # settings by name
        making = await latm.import_tool(bundle, examples=examples)
        [version] = (await latm.tools.show(making.task)).versions
        answer = await latm.ask(sum_question(30, 12)) if version.status == "serving" else None
        return version.status, answer.text if answer else ""


@pytest.mark.parametrize("layout", [package_of, skill_of])
def test_what_was_exported_serves_elsewhere_once_it_is_verified_there(
    layout: Callable[[Bundle], dict[str, str]], sums: Bundle, tmp_path: Path
) -> None:
    write_files(tmp_path / "taken/along", layout(sums))
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "taken")
    assert read_bundle(Path(archive)) == read_bundle(tmp_path / "taken")
    found = read_bundle(tmp_path / "taken")
    assert (found.task, found.program) == (sums.task, sums.program)
    assert asyncio.run(imported(url_of(tmp_path), found)) == ("serving", "42")


def test_a_tool_that_comes_in_waits_where_those_made_here_would(sums: Bundle, tmp_path: Path) -> None:
    for folder, more, status in (("a", {"approval": True}, "candidate"), ("b", {"max_error": 0.05}, "shadow")):
        (tmp_path / folder).mkdir()
        assert asyncio.run(imported(url_of(tmp_path / folder), sums, **more))[0] == status


WRONG = SUMS.replace("return a + b", "return a + b + (a > 4)")
DEAF = SUMS.replace("re.fullmatch", "re.search").replace(r" Reply with the sum only\.", "")
READER = SUMS.replace("return a + b", "open('/etc/hostname').read()\n    return a + b")
STOPPED = {
    "wrong": (WRONG, "the gate held-out-examples stops it"),
    "deaf": (DEAF, "the gate refuses-changed stops it"),
    "reads files": (READER, "the gate held-out-examples stops it"),
    "no module": ("this is no Python", "the gate runs stops it"),
    "loops": ("while True: pass", "the gate runs stops it"),
}


@pytest.mark.parametrize("what", STOPPED)
def test_a_tool_that_claims_to_be_verified_is_verified_all_the_same(what: str, sums: Bundle, tmp_path: Path) -> None:
    source, said = STOPPED[what]
    claims = {"verified": "on 1000 examples, 500 of them held out", "status": "serving"}
    bundle = Bundle("sums", Program(source), sums.examples, provenance=claims)
    store = url_of(tmp_path)
    with pytest.raises(InputError, match=said) as refused:
        asyncio.run(imported(store, bundle, tool_seconds=0.5))
    assert "\n" not in str(refused.value)
    with ToolCache.open(store) as cache:
        assert cache.tools() == []
        assert cache.makings() == []


def test_ones_own_examples_count_beside_those_that_a_tool_comes_with(sums: Bundle, tmp_path: Path) -> None:
    own = (Example(sum_question(5, 5), "11"),)
    with pytest.raises(InputError, match="held-out-examples stops it: The tool fails"):
        asyncio.run(imported(url_of(tmp_path), sums, own))
    with pytest.raises(InputError, match="takes 6 different examples, and there are 2"):
        asyncio.run(imported(url_of(tmp_path), Bundle("sums", sums.program, sums.examples[:2])))


@pytest.mark.parametrize("what", WRAPPED)
def test_a_wrapped_tool_of_the_original_repository_is_taken_in(what: str, tmp_path: Path) -> None:
    bundle = read_bundle(written(tmp_path / "wards.json", WRAPPED[what]))
    assert (bundle.task, bundle.program.kind, len(bundle.uses)) == ("wards", ToolKind.PAPER, 3)

    async def taken() -> ToolVersion:
        async with AsyncLatm(Settings(store=url_of(tmp_path))) as latm:
            await latm.import_tool(bundle)
            [version] = (await latm.tools.show("wards")).versions
            return version

    version = asyncio.run(taken())
    assert (version.status, version.demonstrations) == ("serving", bundle.uses)


def test_a_wrapped_tool_whose_uses_give_a_wrong_answer_is_refused(tmp_path: Path) -> None:
    uses = [(f"Say twice: w{n}", "something else", f"ans = double(['w{n}'])") for n in range(3)]
    messages = conversation("def double(words):\n    return words * 2\n", uses)
    bundle = read_bundle(written(tmp_path / "double.json", messages))
    with pytest.raises(InputError, match=r"the gate uses stops it: Right answer: something else\. The tool: answered"):
        asyncio.run(imported(url_of(tmp_path), bundle))


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def a_link(path: Path) -> bytes:
    entry = zipfile.ZipInfo("tool.py")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    return b""


GOOD = Bundle("sums", Program(SUMS))
HOSTILE = {
    "a path out of it": ({"../../etc/x": b"", MANIFEST: b"{}"}, "a file whose path leads out of it: '../../etc/x'"),
    "an absolute path": ({"/etc/x": b"", MANIFEST: b"{}"}, "leads out of it"),
    "a Windows path": ({"C:\\x": b"", MANIFEST: b"{}"}, "leads out of it"),
    "no manifest": ({"tool.py": b""}, "holds no tool"),
    "two tools": ({f"a/{MANIFEST}": b"", f"b/{MANIFEST}": b""}, "holds several tools"),
    "no source": ({MANIFEST: b"{}"}, "has no tool.py beside its"),
    "a bomb": ({MANIFEST: b" " * (5 << 20), "tool.py": b""}, "has over 4,096 KiB"),
    "a huge source": ({MANIFEST: b"{}", "tool.py": b"#" * (300 << 10)}, "has over 256 KiB"),
    "many files": ({MANIFEST: b"{}"} | {f"{n}.txt": b"" for n in range(1_001)}, "1,002 files, which is more"),
    "no JSON": ({MANIFEST: b"{", "tool.py": b""}, "is not one of a tool: it: invalid json"),
    "deep JSON": ({MANIFEST: b"[" * 100_000, "tool.py": b""}, "is not one of a tool"),
    "another source": ({MANIFEST: manifest_of(GOOD).encode(), "tool.py": b"pass"}, "says that the tool is"),
    "no text": ({MANIFEST: manifest_of(GOOD).encode(), "tool.py": b"\xff\xfe"}, "is not text in UTF-8"),
    "an escape in its name": (
        {MANIFEST: json.dumps({"task": "\x1b[31mred", "tool": "0" * 16}).encode(), "tool.py": b""},
        "task: string should match",
    ),
    "wrong kinds": ({MANIFEST: b'{"task": 7, "tool": []}', "tool.py": b""}, "task: input should be a valid string"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    files, said = HOSTILE[what]
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        read_bundle(packed(tmp_path / "hostile.zip", files))
    assert len(str(refused.value)) < 700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.zip"]


def test_links_pipes_and_what_is_no_archive_are_refused(tmp_path: Path) -> None:
    manifest = manifest_of(GOOD)
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    for folder in (link, pipe):
        folder.mkdir()
        (folder / MANIFEST).write_text(manifest)
    (link / "tool.py").symlink_to("/etc/hostname")
    os.mkfifo(pipe / "tool.py")
    archive = packed(tmp_path / "link.zip", {MANIFEST: manifest.encode()})
    a_link(archive)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(archive.read_bytes()[:-30])
    for path in (link, pipe, archive, broken, written(tmp_path / "no.json", {"a": 1}), tmp_path / "none.txt"):
        with pytest.raises(InputError):
            read_bundle(path)


@settings(max_examples=100, deadline=None)
@given(manifest=st.binary(max_size=400), source=st.binary(max_size=100))
def test_no_bytes_of_a_manifest_do_more_than_be_refused(manifest: bytes, source: bytes) -> None:
    with pytest.raises(InputError):
        bundle_of(manifest, source)
