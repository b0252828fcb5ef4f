"""`latm run` on files as people have them, and into a spreadsheet."""

import csv
from pathlib import Path

import pytest
from calling import Call
from toy_endpoint import ToyEndpoint

from toy import sum_question

RUN = ["run", "numbers.csv", "-o", "out.csv", "--block", "8", "--making-tokens", "50"]
NAMED = ["--question", "Frage", "--answer", "Antwort", "--id", "Nr"]


@pytest.fixture(autouse=True)
def numbers() -> None:
    rows = [f"n-{n};{sum_question(n, n)};{2 * n};{note}" for n, note in enumerate(["=1+1", "-5", "@a", "plain"] * 5, 1)]
    Path("numbers.csv").write_text("Nr;Frage;Antwort;Notiz\n" + "\n".join(rows) + "\n")


def table(path: str = "out.csv") -> list[dict[str, str]]:
    with Path(path).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_table_becomes_a_table_with_the_columns_that_were_kept(latm: Call, endpoint: ToyEndpoint) -> None:
    ended = latm(*RUN, *NAMED, "--keep", "Notiz", "--keep", "Nr", "--maker", endpoint.model)
    rows = table()
    assert (ended.code, len(rows)) == (0, 20)
    assert [row["id"] for row in rows] == [f"n-{n}" for n in range(1, 21)]
    assert {row["right"] for row in rows} == {"true"}
    assert [row["Notiz"] for row in rows[:4]] == ["'=1+1", "-5", "'@a", "plain"]
    assert rows[3]["Nr"] == "n-4"
    assert "delimiter ';'" in ended.err


def test_no_guard_leaves_cells_as_they_are(latm: Call, endpoint: ToyEndpoint) -> None:
    latm(*RUN, *NAMED, "--keep", "all", "--no-guard", "--limit", "4", "--maker", endpoint.model)
    assert [row["Notiz"] for row in table()] == ["=1+1", "-5", "@a", "plain"]


@pytest.mark.parametrize("torn", [0, 1, 40, 90, 200])
def test_a_torn_table_is_gone_on_with(latm: Call, endpoint: ToyEndpoint, torn: int) -> None:
    run = [*RUN, *NAMED, "--making", "never", "--limit", "3", "--maker", endpoint.model]
    latm(*run)
    path = Path("out.csv")
    whole = table()
    path.write_bytes(path.read_bytes()[:-torn] if torn else path.read_bytes())
    told = latm(*run, "--json").object
    assert (told["questions"], told["right"]) == (3, 3)
    assert [row["answer"] for row in table()] == [row["answer"] for row in whole]


def test_fewer_questions_than_are_answered_are_refused_with_their_number(latm: Call, endpoint: ToyEndpoint) -> None:
    run = [*RUN, *NAMED, "--making", "never", "--maker", endpoint.model, "--limit"]
    latm(*run, "3")
    ended = latm(*run, "2")
    assert (ended.code, len(table())) == (3, 3)
    assert "out.csv has answers to more questions than this run has: it has 2." in ended.err
    assert "Leave out --limit and --sample, or give them as before." in ended.err


def test_a_sample_is_the_same_each_time(latm: Call, endpoint: ToyEndpoint) -> None:
    run = [*RUN, *NAMED, "--sample", "5", "--maker", endpoint.model, "--json"]
    assert latm(*run).object["questions"] == 5
    told = latm(*run).object
    assert (told["questions"], told["resumed"]) == (5, 5)
    assert len({row["id"] for row in table()}) == 5


def test_a_template_keeps_the_instruction_apart_from_the_data(latm: Call, endpoint: ToyEndpoint) -> None:
    run = [*RUN, "--template", "Do as it says: {Frage}", "--answer", "Antwort", "--maker", endpoint.model]
    assert latm(*run, "--json").object["right"] == 20
    assert table()[0]["question"] == sum_question(1, 1)
    assert endpoint.system_texts == {"Do as it says: {Frage}\n\nThe message is the value of {Frage}."}


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ([], 3, "its columns are Nr, Frage, Antwort, Notiz. Name the column with --question COLUMN"),
        (["--question", "Question"], 3, "has no column Question"),
        (["--template", "no hole.txt"], 3, "is not a file that can be read"),
        (["--template", "Do {nothing}"], 3, "has no column nothing"),
        (["--template", "Do {Frage!r}"], 3, "a hole that names no column"),
        (["--template", "Do {Frage}", "--question", "Frage"], 2, "exclude each other"),
        (["--question", "Frage", "--delimiter", ";;"], 2, "--delimiter is one character"),
        (["--question", "Frage", "--keep", "Preis"], 3, "has no column Preis"),
        (["--question", "Frage", "--format", "xlsx"], 2, "is not one of"),
    ],
)
def test_what_does_not_fit_is_one_clear_sentence_and_asks_nothing(
    latm: Call, endpoint: ToyEndpoint, flags: list[str], code: int, said: str
) -> None:
    ended = latm(*RUN, *flags, "--maker", endpoint.model)
    assert ended.code == code
    assert said in " ".join(ended.err.split())
    assert endpoint.calls.total() == 0
    assert not Path("out.csv").exists()


def test_formats_are_named_in_any_case(latm: Call, endpoint: ToyEndpoint) -> None:
    assert latm(*RUN, *NAMED, "--format", "Csv", "--limit", "1", "--maker", endpoint.model).code == 0
