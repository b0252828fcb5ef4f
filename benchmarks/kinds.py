"""How well questions are grouped by kind, in every layout in which kinds come: `python benchmarks/kinds.py --json`.

Purity is the share of grouped questions that are of their group's commonest kind; a kind is found by a group of six or
more, at least 95 % of it of that kind. Kinds with fewer than six questions are not counted. Makings a kind: calls of a
tool maker, simulated truthfully, over all kinds with six questions or more, whether they got a tool or not.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import mean
from typing import Any

import kinds_held_out as held_out
import kinds_questions as source
from kinds_making import Making
from kinds_questions import Asked, bbh_folder

from latm.kinds import Group, grouping, whole
from latm_bench.tasks.generators import KINDS, stream

FEWEST = 6
PURE = 0.95
BBH_EACH = 50


def streams() -> Iterator[tuple[str, Callable[[random.Random], Sequence[Asked]]]]:
    """Every layout's name and its stream from a source of randomness."""
    for layout in source.LAYOUTS:
        yield layout, partial(source.in_layout, layout=layout)
    yield "one-word instruction", source.one_word
    for language in ("chinese", "japanese", "thai", "arabic", "german"):
        yield language, partial(source.in_language, language=language)
    yield "chinese without punctuation", partial(source.without_punctuation, language="chinese")
    yield "two preambles nested, 40 kinds", source.nested
    yield "three tenants' preambles", source.tenants
    yield "all layouts mixed", source.mixture
    yield "30 % one-off questions", source.noisy
    yield "kinds that come late", source.late
    yield "200 kinds by Zipf's law", source.zipf
    yield "kinds a word apart", source.siblings
    yield "kinds a word apart, preamble", lambda rng: preambled(source.siblings(rng))
    yield "generators", generated
    yield "generators, preamble", lambda rng: preambled(generated(rng))
    if bbh_folder().is_dir():
        yield "BIG-Bench Hard", bbh
        yield "BIG-Bench Hard, preamble", lambda rng: preambled(bbh(rng))


def held_out_streams() -> Iterator[tuple[str, Callable[[random.Random], Sequence[Asked]]]]:
    """Other kinds, layouts, languages and documents than those that thresholds were chosen on."""
    for layout in held_out.LAYOUTS:
        yield layout, partial(held_out.asked, layout=layout)
    for language in held_out.LANGUAGES:
        yield language, partial(held_out.asked, language=language)
    yield "generators, e-mail", lambda rng: _in(rng, generated(rng), "e-mail")
    yield "BIG-Bench Hard, e-mail", lambda rng: _in(rng, bbh(rng), "e-mail")


def _in(rng: random.Random, asked: Sequence[Asked], layout: str) -> list[Asked]:
    return [one._replace(question=held_out.LAYOUTS[layout](rng, one.question, "").strip()) for one in asked]


def generated(rng: random.Random) -> list[Asked]:
    """Thirty questions of each of the project's own generators."""
    seed = rng.randrange(1_000_000)
    return [Asked(one.task, one.question, _form(one.answer or "")) for one in stream(seed, 30 * len(KINDS))]


def bbh(rng: random.Random) -> list[Asked]:
    """Questions of the eighteen types; three, five and seven objects are one kind."""
    found = []
    for path in sorted(bbh_folder().glob("*.json")):
        kind = path.stem.replace("three_", "").replace("five_", "").replace("seven_", "")
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
        found += [Asked(kind, one["input"], _form(one["target"])) for one in rng.sample(examples, BBH_EACH)]
    rng.shuffle(found)
    return found


def preambled(asked: Sequence[Asked]) -> list[Asked]:
    """The same questions after a preamble."""
    return [one._replace(question=f"{source.WORDING['preamble']}\n\n{one.question}") for one in asked]


def _form(answer: str) -> str:
    if answer.startswith("("):
        return "option"
    if answer.replace(".", "", 1).replace("-", "", 1).isdigit():
        return "number"
    return "word" if answer.isalpha() else "text"


def row(layout: str, measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean over the seeds."""
    return {"layout": layout, **{key: round(mean(one[key] for one in measured), 3) for key in measured[0]}}


def measure(asked: Sequence[Asked]) -> dict[str, Any]:
    """Group one stream, and let the tools of its groups be made."""
    started = time.process_time()
    found = grouping([one.question for one in asked])
    seconds = time.process_time() - started
    return {**scores(asked, found.finest(), found.groups), "seconds_per_1000": 1_000 * seconds / len(asked)}


def scores(asked: Sequence[Asked], finest: Sequence[Group], widest: Sequence[Group]) -> dict[str, Any]:
    """What groups are worth against the labels that they did not see."""
    counts = Counter(one.kind for one in asked if one.kind)
    findable = {kind for kind, count in counts.items() if count >= FEWEST}
    tops = [Counter(asked[index].kind for index in one.members).most_common(1)[0] for one in finest]
    total = sum(len(one.members) for one in finest)
    found = {
        kind
        for (kind, count), one in zip(tops, finest, strict=True)
        if len(one.members) >= FEWEST and count >= PURE * len(one.members)
    }
    making = Making(asked)
    making.run(widest)
    return {
        "kinds": len(findable),
        "questions": len(asked),
        "groups": len(finest),
        "purity": sum(count for _, count in tops) / max(total, 1),
        "kinds_found": len(found & findable),
        "grouped": total / len(asked),
        "kinds_made": len(making.made & findable),
        "makings_per_kind": making.makings / len(findable),
    }


def apart(rng: random.Random) -> dict[str, Any]:
    """Instructions in a system message: each is a scope of its own, and the scope is the group."""
    measured = []
    for kind in source.KINDS:
        asked = [Asked(kind, source.DATA[kind](rng, "english"), source.WORDING["forms"][kind]) for _ in range(30)]
        started = time.process_time()
        one = whole([each.question for each in asked])
        seconds = time.process_time() - started
        measured.append({**scores(asked, [one], [one]), "seconds_per_1000": 1_000 * seconds / len(asked)})
    summed = {
        key: sum(one[key] for one in measured) for key in ("kinds", "questions", "groups", "kinds_found", "kinds_made")
    }
    return {key: summed.get(key, mean(one[key] for one in measured)) for key in measured[0]}


def _rng(layout: str, seed: int) -> random.Random:
    return random.Random(f"{layout} {seed}")  # noqa: S311  # questions, not secrets


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=3, help="how many streams of each layout")
    parser.add_argument("--only", default="", help="only layouts with this in their names")
    parser.add_argument("--held-out", action="store_true", help="kinds and layouts that no threshold was chosen on")
    options = parser.parse_args()
    rows = [
        row(layout, [measure(ask(_rng(layout, seed))) for seed in range(options.seeds)])
        for layout, ask in (held_out_streams() if options.held_out else streams())
        if options.only in layout
    ]
    if options.only in "system message" and not options.held_out:
        rows.append(row("system message", [apart(_rng("apart", seed)) for seed in range(options.seeds)]))
    if options.json:
        print(json.dumps({"rows": rows}))
        return
    print(*(f"{key[:12]:>12}" for key in list(rows[0])[1:]), " layout")
    for one in rows:
        print(*(f"{value:>12}" for value in list(one.values())[1:]), "", one["layout"])


if __name__ == "__main__":
    main()
