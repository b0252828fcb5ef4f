"""What a maker's next prompt shows of what a tool did."""

import pytest

from latm.making.gates import said
from latm.sandbox import Result, Verdict


@pytest.mark.parametrize("result", [Result(Verdict.OK, "x" * 10**6), Result(Verdict.OK, json="[1," * 10**5)])
def test_a_long_answer_of_a_tool_is_cut(result: Result) -> None:
    assert len(said(result)) < 2100
    assert "characters more" in said(result)
