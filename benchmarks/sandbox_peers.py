"""Other executors on the same tools; run by `sandbox.py --peers`, in an environment that has them.

Prints one JSON object: executor → tool → microseconds per question in a batch, and in a call.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from sandbox_tools import TOOLS, questions

COUNT = 1000
ROUNDS = 5


def timed(run: Callable[[], object], times: int) -> float:
    """Seconds, at the median."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def monty(tool: str, program: str) -> dict[str, float]:
    """pydantic-monty: an interpreter of its own in a subprocess."""
    from pydantic_monty import Monty  # type: ignore[import-not-found]  # only in the environment of the peers

    asked = questions(tool, COUNT)
    with Monty() as pool, pool.checkout() as session:
        session.feed_run(program)
        batch = timed(
            lambda: session.feed_run("[latm_answer(q) for q in questions]", inputs={"questions": asked}), ROUNDS
        )
        call = timed(lambda: session.feed_run("latm_answer(q)", inputs={"q": asked[0]}), 200)
    return {"batch": batch / COUNT * 1e6, "call": call * 1e6}


def smolagents(tool: str, program: str) -> dict[str, float]:
    """Smolagents' local executor: walks the syntax tree in this process."""
    from smolagents.local_python_executor import LocalPythonExecutor  # type: ignore[import-not-found]  # as above

    asked = questions(tool, 100)
    executor = LocalPythonExecutor([])
    executor.send_tools({})
    executor(program)
    executor.state["questions"] = asked
    batch = timed(lambda: executor("[latm_answer(q) for q in questions]"), 1)
    executor.state["q"] = asked[0]
    call = timed(lambda: executor("latm_answer(q)"), 20)
    return {"batch": batch / len(asked) * 1e6, "call": call * 1e6}


def main() -> None:
    """Time each executor on each tool."""
    report: dict[str, dict[str, object]] = {}
    for name, measure in (("pydantic-monty", monty), ("smolagents", smolagents)):
        report[name] = {}
        for tool, program in TOOLS.items():
            try:
                report[name][tool] = measure(tool, program)
            except Exception as error:  # noqa: BLE001  # what an executor cannot run is a result
                report[name][tool] = {"error": f"{type(error).__name__}: {error}"[:100]}
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
