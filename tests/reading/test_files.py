"""Small files as people have them, each with what must come of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from latm.errors import InputError
from latm.reading.columns import Columns
from latm.reading.formats import Notation
from latm.reading.reading import Reading, read
from latm.reading.template import Template
from latm.task import Instance

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text())


def opened(name: str, flags: dict[str, str]) -> Reading:
    template = Template.of(flags["template"]) if "template" in flags else None
    columns = Columns(flags.get("question"), flags.get("answer"), flags.get("identity"), template)
    notation = Notation(flags.get("encoding"), flags.get("delimiter"))
    return read(HERE / "files" / name, columns=columns, notation=notation)


def shown(instance: Instance, length: int) -> list[Any]:
    """As many of an instance's parts as are expected."""
    parts = [instance.question, instance.answer, list(instance.accepted), instance.scope.instructions, instance.id]
    return parts[:length]


@pytest.mark.parametrize("name", EXPECTED)
def test_of_each_file_comes_what_must_come(name: str) -> None:
    expected = EXPECTED[name]
    if "error" in expected:
        with pytest.raises(InputError) as caught:
            list(opened(name, expected.get("flags", {})))
        assert expected["error"] in caught.value.message
        assert caught.value.hint
        return
    reading = opened(name, expected.get("flags", {}))
    instances = list(reading)
    assert len(instances) == len(expected["instances"])
    assert [shown(one, len(want)) for one, want in zip(instances, expected["instances"], strict=True)] == expected[
        "instances"
    ]
    assert [skipped.line for skipped in reading.skipped] == expected.get("skipped", [])
    assert expected.get("said", "") in reading.said


def test_every_file_is_expected() -> None:
    assert {path.name for path in (HERE / "files").iterdir()} == EXPECTED.keys()
