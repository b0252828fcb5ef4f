"""Any bytes as an input file: questions or one sentence, and no success without a question."""

import gzip
import json
from pathlib import Path

from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from latm.cli import main

TABLES = st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=3), min_size=1, max_size=4).map(
    lambda rows: "\n".join(",".join(row) for row in [["question", "answer"], *rows]).encode(errors="surrogatepass")
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["question", "prompt", "messages", "input", "answer", "id"]), st.text(max_size=6)),
    max_size=3,
).map(lambda records: "\n".join(map(json.dumps, records)).encode())
SUFFIXES = ["csv", "tsv", "json", "jsonl", "parquet", "csv.gz", "jsonl.gz", "csv.zst", "txt"]
FLAGS = [
    [],
    ["--strict"],
    ["--question", "answer"],
    ["--template", "{question} {answer}"],
    ["--encoding", "utf-16"],
    ["--encoding", "base64"],
]
SAID = {0, 2, 3}
"""Questions were found; a flag cannot be used; the file cannot."""


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=200) | TABLES | RECORDS | TABLES.map(gzip.compress),
    suffix=st.sampled_from(SUFFIXES),
    flags=st.sampled_from(FLAGS),
)
@example(content=b"", suffix="csv", flags=[])
@example(content=b"\xff\xfe", suffix="csv", flags=[])
@example(content=b'question\n"never closed', suffix="csv", flags=[])
@example(content=b"\x00" * 50, suffix="jsonl", flags=[])
@example(content=gzip.compress(b"question\nx")[:-4], suffix="csv.gz", flags=[])
def test_any_bytes_are_a_file_of_questions_or_one_sentence(
    tmp_path: Path, content: bytes, suffix: str, flags: list[str]
) -> None:
    file = tmp_path / f"any.{suffix}"
    file.write_bytes(content)
    ended = CliRunner().invoke(main, ["run", str(file), "-o", str(tmp_path / "out.csv"), "--dry-run", "--json", *flags])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    assert ended.exit_code in SAID
    said = json.loads(ended.stdout.splitlines()[-1]) if ended.stdout else {}
    assert (said.get("questions", 0) > 0) == (ended.exit_code == 0)
    assert ended.exit_code == 0 or ended.stderr.strip()
    assert not (tmp_path / "out.csv").exists()
