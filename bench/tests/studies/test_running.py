"""Runs: what they keep, how they are taken up again, and what their log says of where they come from."""

import json
from functools import partial
from pathlib import Path

import pytest
from toy_tasks import SOURCES, any_reply, scripted

from latm.errors import InputError, ProviderError
from latm.models.port import Message, Request
from latm.models.testing import Reply
from latm.settings import Settings
from latm_bench import text
from latm_bench.compiled import Options, study
from latm_bench.findings import Findings
from latm_bench.running import LOG, PAGE, Bench, Study, conduct, find_runs, read_run
from latm_bench.samples import Samples

pytestmark = pytest.mark.anyio


async def make_of(value: int, calls: list[int]) -> dict[str, int]:
    calls.append(value)
    return {"value": value}


async def test_a_finished_sample_is_not_made_again(tmp_path: Path) -> None:
    calls: list[int] = []
    for _ in range(2):
        with Samples(tmp_path / "samples.jsonl", {"seed": 1}) as samples:
            assert await samples.get("one", lambda: make_of(1, calls)) == {"value": 1}
    assert calls == [1]


async def test_a_torn_line_is_as_if_it_had_never_been_written(tmp_path: Path) -> None:
    path, calls = tmp_path / "samples.jsonl", list[int]()
    with Samples(path, {}) as samples:
        await samples.get("one", lambda: make_of(1, calls))
        await samples.get("two", lambda: make_of(2, calls))
    path.write_bytes(path.read_bytes()[:-5])
    with Samples(path, {}) as samples:
        assert samples.done == 1
        await samples.get("two", lambda: make_of(2, calls))
    assert calls == [1, 2, 2]
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize(("content", "says"), [(b"nonsense\n", "damaged"), (b"[]\n", "damaged"), (None, "otherwise")])
async def test_samples_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "samples.jsonl"
    with Samples(path, {"seed": 1}):
        pass
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        Samples(path, {"seed": 2})


async def ask_thrice(bench: Bench) -> Findings:
    """A study of three samples, each one completion."""
    model = bench.models.maker
    assert model
    for number in range(3):
        request = Request([Message("user", str(number))], "propose")

        async def sample(request: Request = request) -> dict[str, str]:
            return {"text": (await model.complete(request)).text}

        await bench.samples.get(str(number), sample)
        bench.progress(number + 1, 3, "asked")
    return Findings("Three questions", "A study for a test.", measures={"asked": 3})


async def test_a_study_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    failing = True

    def reply(request: Request) -> Reply:
        return ProviderError("gone") if failing and request.messages[0].content == "2" else "yes"

    body = Study("test", {"seed": 0}, ask_thrice)
    with pytest.raises(ProviderError):
        await conduct(body, Settings(), tmp_path, models=scripted(reply))
    assert not (tmp_path / LOG).exists()
    failing = False
    models, told = scripted(reply), list[str]()
    run, _ = await conduct(body, Settings(), tmp_path, models=models, tell=told.append)
    assert models.meter.total().calls == 1
    assert run["provenance"]["samples_of_an_earlier_start"] == 2
    assert told[-1].startswith("[3/3] asked; 1 calls")


async def test_a_run_that_is_set_up_otherwise_does_not_mix_with_what_was_there(tmp_path: Path) -> None:
    await conduct(Study("test", {"seed": 0}, ask_thrice), Settings(), tmp_path, models=scripted())
    with pytest.raises(InputError, match="set up otherwise"):
        await conduct(Study("test", {"seed": 1}, ask_thrice), Settings(), tmp_path, models=scripted())
    await conduct(Study("test", {"seed": 1}, ask_thrice), Settings(), tmp_path, models=scripted(), restart=True)


async def test_a_log_says_where_its_figures_come_from(tmp_path: Path) -> None:
    body = Study("compiled", {"seed": 3}, lambda bench: study(bench, SOURCES, Options(seed=3)))
    await conduct(body, Settings(temperature=0.7), tmp_path, models=scripted(any_reply))
    run = read_run(tmp_path)
    found = run["provenance"]
    assert found["settings"]["temperature"] == 0.7
    assert found["options"] == {"seed": 3}
    assert {one["purpose"]: one["calls"] for one in found["completions"]} == {"propose": 3}
    assert found["versions"]["latm"]
    assert (tmp_path / PAGE).read_text().count("</html>") == 1
    assert "http://" not in (tmp_path / PAGE).read_text().replace("http://www.w3.org", "")


async def test_runs_are_listed_compared_and_written_as_markdown(tmp_path: Path) -> None:
    for seed in (1, 2):
        body = Study("compiled", {"seed": seed}, partial(study, sources=SOURCES[:2], options=Options(seed=seed)))
        await conduct(body, Settings(), tmp_path / str(seed), models=scripted())
    runs = [(str(folder), read_run(folder)) for folder in find_runs(tmp_path)]
    assert len(runs) == 2
    assert text.listing(runs).count("compiled") == 2
    compared = text.comparison(runs)
    assert "precision" in compared
    assert [line.split() for line in compared.splitlines() if line.startswith("seed")] == [["seed", "1", "2"]]
    section = text.markdown(runs[0][1], "latm bench compiled")
    assert "$ latm bench compiled" in section
    assert "| sums | made |" in section


@pytest.mark.parametrize("content", [None, "nonsense", "[]", json.dumps({"latm_run": 99})])
def test_what_is_no_log_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / LOG).write_text(content)
    with pytest.raises(InputError):
        read_run(tmp_path)
