"""Recordings: what is recorded replays the same, a kill loses nothing, a miss says what changed."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from asking import ask
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import InputError, ProviderError, ReplayMissError, StoreFullError
from latm.models.port import Completion, Message, Model, Request
from latm.models.recording import Recorder, RecordingFile, load_recording
from latm.models.replay import Replay
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio

TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too: providers send what they like


async def record(path: Path, requests: list[Request], model: Model | None = None) -> list[Completion]:
    file = RecordingFile(path)
    recorder = Recorder(model or ScriptedModel(lambda request: f"to {request.messages[-1].content}"), file)
    try:
        return [await recorder.complete(request) for request in requests]
    finally:
        await recorder.close()


async def replay(path: Path, requests: list[Request]) -> list[Completion]:
    model = Replay(load_recording(path))
    return [await model.complete(request) for request in requests]


Served = dict[str, list[object]]


def by_request(texts: Sequence[str], completions: list[Completion]) -> Served:
    served: Served = {text: [] for text in texts}
    for text, completion in zip(texts, completions, strict=True):
        served[text].append(replace(completion, recorded_at=None))
    return served


@given(texts=st.lists(st.sampled_from("abc"), max_size=12), replies=st.lists(TEXT, min_size=12), data=st.data())
def test_whatever_is_recorded_replays_the_same_in_any_interleaving(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], replies: list[str], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("recording") / "r.jsonl"
    recorded = anyio.run(record, path, [ask(text) for text in texts], ScriptedModel(replies))
    shuffled = data.draw(st.permutations(texts))
    replayed = anyio.run(replay, path, [ask(text) for text in shuffled])
    assert by_request(shuffled, replayed) == by_request(texts, recorded)
    assert all(completion.recorded_at for completion in replayed)


@given(contents=st.lists(TEXT, min_size=1, max_size=3), cut=st.integers(0, 11))
def test_an_interrupted_recording_is_finished_without_asking_twice(
    tmp_path_factory: pytest.TempPathFactory, contents: list[str], cut: int
) -> None:
    path = tmp_path_factory.mktemp("recording") / "r.jsonl"
    requests = [ask(content) for content in contents * 4]
    first, second = ScriptedModel(lambda _: "first"), ScriptedModel(lambda _: "second")
    before = anyio.run(record, path, requests[:cut], first)
    after = anyio.run(record, path, requests, second)
    assert len(first.requests) + len(second.requests) == len(requests)
    assert [completion.text for completion in after[: len(before)]] == [completion.text for completion in before]


async def test_a_recording_keeps_hashes_of_the_request_and_never_its_text(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    secret = Request([Message("system", "be a sesame"), Message("user", "open sesame")], "propose", temperature=0.3)
    await record(path, [secret], ScriptedModel(["a reply"]))
    header, entry = [json.loads(line) for line in path.read_text().splitlines()]
    assert "sesame" not in path.read_text()
    assert header["latm_recording"] == 1
    assert (entry["key"], entry["occurrence"], entry["purpose"], entry["completion"]) == (
        secret.key,
        0,
        "propose",
        "a reply",
    )
    assert [role for role, _ in entry["prompt"]] == ["system", "user"]


async def test_a_question_that_a_model_repeats_is_not_in_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    question = ask("How many of the seven penguins in this table are older than five years?")
    reply = f"The question was: {question.messages[-1].content} The answer is 3."
    await record(path, [question], ScriptedModel([reply]))
    assert "penguins" not in path.read_text()
    assert [completion.text for completion in await replay(path, [question])] == [reply]


async def test_a_failed_request_leaves_no_gap_in_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    model = ScriptedModel([ProviderError("no"), "yes"])
    with pytest.raises(ProviderError):
        await record(path, [ask("?")], model)
    file = RecordingFile(path)
    recorder = Recorder(ScriptedModel([ProviderError("no"), "yes"]), file)
    with pytest.raises(ProviderError):
        await recorder.complete(ask("?"))
    await recorder.complete(ask("?"))
    await recorder.close()
    assert [completion.text for completion in await replay(path, [ask("?")])] == ["yes"]


async def test_several_recordings_in_a_folder_replay_as_one(tmp_path: Path) -> None:
    await record(tmp_path / "one.jsonl", [ask("1")], ScriptedModel(["the first counts"]))
    await record(tmp_path / "two.jsonl", [ask("1"), ask("2")])
    assert [c.text for c in await replay(tmp_path, [ask("2"), ask("1")])] == ["to 2", "the first counts"]


KILLED = """
import anyio, sys
from pathlib import Path
from latm.models.port import Message, Request
from latm.models.recording import Recorder, RecordingFile
from latm.models.testing import ScriptedModel

async def main():
    recorder = Recorder(ScriptedModel(lambda _: "x" * 5000), RecordingFile(Path(sys.argv[1])))
    for number in range(100_000):
        await recorder.complete(Request([Message("user", str(number))], "direct"))
        print(number, flush=True)

anyio.run(main)
"""


def test_kill_9_loses_no_completion_that_was_returned(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own program
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(20)]
        process.send_signal(signal.SIGKILL)
    assert len(anyio.run(replay, path, [ask(str(number)) for number in seen])) == 20
    anyio.run(record, path, [ask("one more")])
    assert len(load_recording(path).entries) >= 21


@pytest.mark.parametrize("kept", [0, 1, 10, 60])
async def test_a_torn_last_line_is_as_if_never_written(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "r.jsonl"
    await record(path, [ask("1"), ask("2")])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    assert len(load_recording(path).entries) == 1
    model = ScriptedModel(["again"])
    await record(path, [ask("1"), ask("2")], model)
    assert len(model.requests) == 1
    assert [c.text for c in await replay(path, [ask("1"), ask("2")])] == ["to 1", "again"]


@pytest.mark.parametrize("content", [b"", b'{"latm_rec', b'{"latm_recording": 1, "about": "comp'])
async def test_recording_begins_anew_where_not_even_the_header_was_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    await record(path, [ask("1")])
    assert len(load_recording(path).entries) == 1


HEADER = b'{"latm_recording": 1}\n'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a recording"),
        (b"my notes", "is not a recording"),
        (b'{"question": "?"}\n', "is not a recording"),
        (b"[]\n", "is not a recording"),
        (b'{"latm_recording": 2}\n', "format 2"),
        (HEADER + b"{}\n", "Line 2 .* is damaged"),
        (HEADER + b"\xff\xfe\n", "Line 2 .* is damaged"),
        (HEADER + b"{torn\n{}\n", "Line 2 .* is damaged"),
        (HEADER + b"\n", "Line 2 .* is damaged"),
    ],
)
def test_a_damaged_recording_is_named_with_its_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        load_recording(path)


@pytest.mark.parametrize("content", [b"my notes", b"my notes\n", HEADER + b"{}\n{}"])
def test_a_file_that_is_no_recording_is_never_written_to(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(InputError):
        RecordingFile(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("missing", ["nothing.jsonl", "."])
def test_a_recording_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        load_recording(tmp_path / missing)


def test_a_recording_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreFullError, match="Is a directory"):
        RecordingFile(tmp_path)


async def test_a_full_disk_leaves_a_whole_recording(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    file = RecordingFile(path)
    recorder = Recorder(ScriptedModel(lambda request: "x" * int(request.messages[0].content)), file)
    await recorder.complete(ask("10"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))
    try:
        with pytest.raises(StoreFullError, match="cannot be written"):
            await recorder.complete(ask("5000"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await recorder.complete(ask("20"))
    await recorder.close()
    assert [len(entry.completion) for entry in load_recording(path).entries] == [10, 20]


RECORDED = [ask("a"), ask("a", "b", "c"), ask("t", temperature=0.3)]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (ask("a"), "1 are recorded, and it is now made once more"),
        (ask("new text"), r"message 1 of 1 \(user\) was never recorded as the first; it now reads 'new text'"),
        (ask("a", "b", "other"), r"message 3 of 3 \(user\) .* after the ones before it; it now reads 'other'"),
        (ask("a", "other", "c"), r"message 2 of 3 \(assistant\) .* it now reads 'other'"),
        (ask("t", temperature=0.7), "other sampling parameters than temperature=0.7, max_tokens=None"),
        (ask("a", "b"), "only as the beginning of a longer conversation"),
        (ask("w", purpose="wrap"), "'wrap' request, nor for any other of that purpose"),
        (ask("long " * 100), "reads 'long long .*…'"),
    ],
)
async def test_a_replay_miss_says_which_prompt_changed(tmp_path: Path, asked: Request, sentence: str) -> None:
    path = tmp_path / "r.jsonl"
    await record(path, RECORDED)
    with pytest.raises(ReplayMissError, match=sentence):
        await replay(path, [*RECORDED, asked])
