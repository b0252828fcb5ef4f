"""What must be so after `replicas.py`, whatever was killed, cut or restarted; each fault is counted, none is excused
but a purchase, or an answer not on record, whose process was ended within a window that is measured.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from statistics import median
from typing import TYPE_CHECKING, Any

from audit_kills import counted
from sqlalchemy import select

from latm.gateway.accounts import Accounts
from latm.ledger import Usage
from latm.store import ToolCache
from latm.store.schema import answers, audits, examples, makings, tasks, versions
from latm.store.schema import scopes as scopes_

if TYPE_CHECKING:
    from replicas import World
    from replicas_upstream import Purchase

_SHOWN = 5


def checked(world: "World") -> dict[str, Any]:
    """Figures, and faults."""
    faults: dict[str, list[Any]] = {}
    figures = {
        "disorder": dict(world.disorder),
        "seconds_without_a_database": [round(end - begin, 1) for begin, end in world.outages],
        "starts": {process.name: process.born for process in world.processes},
        "ended_by_themselves": sum(len(process.said) for process in world.processes),
        **_tools(world, faults),
        **_answers(world, faults),
        **_purchases(world, faults),
        **_limits(world, faults),
        **_certificates(world, faults),
        "ledger": _ledger(world),
    }
    faults["did_not_end"] = world.late
    faults["unclear_ends"] = [
        text for process in world.processes for text in process.said if "Traceback" in text or not text.strip()
    ]
    return figures | {
        "faults": {name: len(found) for name, found in faults.items()},
        "examples_of_faults": {name: found[:_SHOWN] for name, found in faults.items() if found},
    }


def _tools(world: "World", faults: dict[str, list[Any]]) -> dict[str, Any]:
    """Every kind is one task of its scope, and its tool is made once."""
    with ToolCache.open(world.store) as cache, cache.reading() as connection:
        shown = select(tasks.c.id, tasks.c.name, tasks.c.status, tasks.c.scope, examples.c.question)
        rows = connection.execute(shown.join(examples, examples.c.task_id == tasks.c.id)).all()
        made = Counter(connection.scalars(select(versions.c.task_id)).all())
        projects = {row.digest: row.project for row in connection.execute(select(scopes_))}
        records = connection.execute(select(makings.c.task, makings.c.outcome)).all()
    kinds: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for row in rows:
        kinds[row.name, row.scope][world.books.kind_of(row.question)] += 1
    named = {row.id: (row.name, row.scope) for row in rows}
    by_kind: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for (name, scope), found in kinds.items():
        by_kind[projects.get(scope, ""), found.most_common(1)[0][0]].append(name)
    faults["kinds_that_are_twins"] = [names for names in by_kind.values() if len(names) > 1]
    faults["tasks_of_several_kinds"] = [[*name, dict(found)] for name, found in kinds.items() if len(found) > 1]
    faults["tools_made_twice"] = [named.get(task_id) for task_id, count in made.items() if count > 1]
    outcomes = Counter((row.task, row.outcome) for row in records)
    led_to = Counter(task for (task, outcome), n in outcomes.items() for _ in range(n) if outcome in {"made", "reused"})
    statuses = Counter(status for _, status in {(row.id, row.status) for row in rows})
    return {
        "kinds": len(by_kind),
        "versions": made.total(),
        "tasks_by_status": dict(statuses),
        "makings": dict(Counter(row.outcome for row in records)),
        "finished_when_the_claim_was_anothers": sum(count - 1 for count in led_to.values()),
    }


def _answers(world: "World", faults: dict[str, list[Any]]) -> dict[str, Any]:
    """Every question has one right answer where it was asked, and it is on record."""
    with ToolCache.open(world.store) as cache, cache.reading() as connection:
        on_record = Counter(connection.scalars(select(answers.c.question)).all())
        serials = connection.scalars(select(answers.c.serial)).all()
    faults["recorded_twice"] = [serial for serial, count in Counter(serials).items() if count > 1 and serial]
    calls = world.calls.answered
    faults["wrong_to_callers"] = [one.text for one in calls if not one.right]
    written = {process.name: _written(world, process.name, faults) for process in world.workers}
    unrecorded = {one.text: one for one in calls if not on_record[one.text]}
    windows = [_until_killed(world, one.start, one.at) for one in unrecorded.values()]
    faults["answers_of_gateways_lost_outside_the_window"] = [
        [one.text, window] for one, window in zip(unrecorded.values(), windows, strict=True) if window is None
    ]
    faults["answers_of_workers_not_on_record"] = [
        line["question"]
        for lines in written.values()
        for line in lines
        if not on_record[line["question"]] and line["route"] != "failed"
    ]
    return {
        "answered_by_gateways": len(calls),
        "of_them_by_tools": sum(one.by_tool for one in calls),
        "refused": dict(world.calls.refused),
        "connections_broken": world.calls.broken,
        "answered_by_workers": {name: len(lines) for name, lines in written.items()},
        "routes_of_workers": dict(Counter(line["route"] for lines in written.values() for line in lines)),
        "on_record": on_record.total(),
        "not_on_record_as_its_gateway_was_ended": len(unrecorded),
        "seconds_before_that_end_at_most": round(max((one for one in windows if one is not None), default=0.0), 2),
    }


def _written(world: "World", name: str, faults: dict[str, list[Any]]) -> list[Mapping[str, Any]]:
    """A worker's output: every line of its input up to the last written, once, in order, right."""
    path = world.output(name)
    whole = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
    lines = [json.loads(line) for line in whole]
    wanted = [json.loads(line) for line in world.inputs[name].read_bytes().splitlines()[: len(lines)]]
    faults.setdefault("lines_lost_or_doubled", []).extend(
        line["id"] for line, own in zip(lines, wanted, strict=True) if line["id"] != own["id"]
    )
    faults.setdefault("wrong_lines", []).extend(
        [line["id"], line["route"], line.get("evidence")]
        for line, own in zip(lines, wanted, strict=True)
        if line["answer"] != own["answer"]
    )
    return lines


def _until_killed(world: "World", start: str, at: float) -> float | None:
    """Seconds from an answer to the next kill of its gateway; None where there was none in the window."""
    process = next(one for one in world.processes if one.name == start.partition("-")[0])
    window = min((kill - at for kill in process.killed if kill >= at), default=math.inf)
    return None if window > world.plan.window + _outage(world, at) else window


def _outage(world: "World", at: float) -> float:
    """Seconds without a database after a moment, as far as they began within the window."""
    return sum(end - begin for begin, end in world.outages if begin - world.plan.window < at < end)


def _window(world: "World", start: str, at: float) -> float | None:
    """Seconds from a purchase to the end of the start that bought; None where it did not end in the window."""
    process = next(one for one in world.processes if one.name == start.partition("-")[0])
    window = process.ended.get(start, at - 1.0) - at
    return window if -0.5 <= window <= world.plan.window + _outage(world, at) else None


def _purchases(world: "World", faults: dict[str, list[Any]]) -> dict[str, Any]:
    """What was bought is bought once, but where the buyer was ended before it was on record."""
    wanted = _wanted(world)
    bought: defaultdict[str, list[Purchase]] = defaultdict(list)
    for purchase in world.books.purchases:
        bought[f"the tool of kind {purchase.kind}" if purchase.makes else purchase.key].append(purchase)
    windows: dict[str, list[float]] = {"makings": [], "answers": []}
    unexcused: dict[str, list[Any]] = {"makings": [], "answers": []}
    for key, found in bought.items():
        what = "makings" if found[0].makes else "answers"
        extra = len(found) - (1 if found[0].makes else wanted[key])
        if extra <= 0:
            continue
        lost = sorted(w for one in found if (w := _window(world, one.buyer, one.at)) is not None)
        windows[what] += lost[:extra]
        if len(lost) < extra:
            of = [[one.buyer, round(one.at, 1), one.key[:8] if one.makes else one.kind] for one in found]
            unexcused[what].append([key, extra, of, wanted[key]])
    for what, found_twice in unexcused.items():
        faults[f"bought_twice_of_{what}"] = found_twice
    return {
        "bought": {"makings": sum(one.makes for one in world.books.purchases), "all": len(world.books.purchases)},
        "bought_again_after_a_kill": {what: len(found) for what, found in windows.items()},
        "seconds_from_reply_to_that_kill_at_most": {
            what: round(max(found, default=0.0), 2) for what, found in windows.items()
        },
        "seconds_from_reply_to_that_kill_median": {
            what: round(median(found), 2) for what, found in windows.items() if found
        },
    }


def _wanted(world: "World") -> Counter[str]:
    """How often each question was to be bought: for its answer, where a model gave it, and for its audits."""
    wanted = Counter[str]()
    with ToolCache.open(world.store) as cache, cache.reading() as connection:
        wanted.update(connection.scalars(select(answers.c.question).where(answers.c.calls > 0).distinct()))
        for row in connection.execute(select(audits)):
            if row.source != "shadow":
                wanted[row.question] += (row.reference is not None) + (row.again is not None)
    return wanted


def _limits(world: "World", faults: dict[str, list[Any]]) -> dict[str, Any]:
    """No key spends more than it may, nor asks more often than its gateways may let it while the database is away."""
    from replicas import BUDGET, PROJECT, RATE

    owner = {one.text: one.key for one in world.calls.answered}
    asked_by_poor = {text for text, key in owner.items() if key == "poor"}
    with ToolCache.open(world.store) as cache, cache.reading() as connection:
        audited = set(connection.scalars(select(audits.c.question).where(audits.c.source != "shadow")))
    billed = sum(one.tokens for one in world.books.purchases if one.key in asked_by_poor - audited)
    with Accounts(world.store) as accounts:
        spent = accounts.spent(f"key:{world.key_ids['poor']}:total")[1]
    faults["budgets_overspent"] = [said for said in (billed, spent) if said > BUDGET]
    moments = sorted(one.at for one in world.calls.answered if one.key == "slow")
    began = min((one.asked_at for one in world.calls.answered if one.key == "slow"), default=0.0)
    minutes = (moments[-1] - began) / 60 if moments else 0.0
    # A gateway draws about a second's worth ahead. Where it cannot, it lets through as much each second by itself.
    cuts = world.disorder["cut some"] + world.disorder["cut all"]
    alone = cuts + sum(1 + end - begin for begin, end in world.outages)
    most = RATE + RATE * minutes + len(world.gateways) * max(1, RATE // 60) * (1 + alone)
    faults["rates_passed"] = [[len(moments), most]] if len(moments) > most else []
    return {
        "budget": {"limit": BUDGET, "billed": billed, "counted": spent, "project": PROJECT},
        "rate": {"answered": len(moments), "allowed": round(most)},
    }


def _certificates(world: "World", faults: dict[str, list[Any]]) -> dict[str, Any]:
    found = counted(world.store)
    for name in ("coins_redrawn", "audited_twice", "served_before_promotion"):
        faults[name] = [found.pop(name)] if found[name] else []
        found.pop(name, None)
    faults["counts_that_differ"] = found.pop("counts_that_differ")
    return found


def _ledger(world: "World") -> dict[str, Any]:
    with ToolCache.open(world.store) as cache:
        books = cache.ledger()
    billed = sum((book.total for book in books), Usage())
    unrecorded = sum((book.billed.get("unrecorded", Usage()) for book in books), Usage())
    return {
        "calls": billed.calls,
        "unrecorded_calls": unrecorded.calls,
        "calls_without_a_reply": sum(book.unknown_calls for book in books),
    }
