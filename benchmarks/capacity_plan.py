"""What so many questions a day take, by unit costs and assumptions; and what skew does to a process's workers."""

import bisect
import itertools
import math
import random
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

from latm.sandbox.pool import _KEPT_PER_WORKER, _USEFUL_PER_WORKER
from latm.sandbox.room import Room

DAY, HOURS = 86_400, 730.0


@dataclass(frozen=True, slots=True)
class Units:
    """What was measured, of one thing each.

    Attributes:
        run_us: processor time of a tool's answer in `run`, workers included.
        gateway_us: the same of an answer over HTTP by a gateway, workers included.
        database_us: processor time of the database for it.
        cold_us: processor time more where the tool has no worker at hand.
        row_bytes: of an answer on record in PostgreSQL, indexes and audits included.
        sqlite_bytes: the same in SQLite.
        log_bytes: that PostgreSQL writes ahead for an answer.
        rows_per_second: answers that one PostgreSQL takes, whose writers take turns, two hundred at a time.
        record_us: processor time of the writer and the database for one of them: the turn takes no less.
        transactions_per_1000: that write, for 1,000 answers.
        statements_idle: that a gateway asks of the database each second, asked or not.
        request_bytes: received for a request.
        answer_bytes: sent for it.
        process_mib: of a gateway with one worker and one tool.
        worker_mib: of a worker that waits.
        task_kib: of a task with its tool, in each process.
        task_ms: until a process that starts knows a task.
        key_bytes: of a tenant's key, in each process.
    """

    run_us: float
    gateway_us: float
    database_us: float
    cold_us: float
    row_bytes: float
    sqlite_bytes: float
    log_bytes: float
    rows_per_second: float
    record_us: float
    transactions_per_1000: float
    statements_idle: float
    request_bytes: float
    answer_bytes: float
    process_mib: float
    worker_mib: float
    task_kib: float
    task_ms: float
    key_bytes: float


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed of traffic, and what things cost in US dollars.

    Attributes:
        questions: a day.
        peak: the busiest hour's rate over the mean.
        busy: how busy cores and databases may be at the peak.
        hits: share that tools answer.
        tenants: customers; the traffic of the r-th goes by 1/r.
        kinds: of each customer; the traffic of the k-th goes by 1/k.
        workers: setting of each gateway: how many tools run at once, and so how many workers are kept.
        days: for which answers are kept.
        process_gib: of memory that a process's tasks may take.
        tokens: of a question that the model answers.
        core_hour: a core.
        disk_gib_month: storage of the database.
        network_gib: sent or received.
        million_tokens: of the model.
    """

    questions: float = 1e9
    peak: float = 2.0
    busy: float = 0.6
    hits: float = 0.9
    tenants: int = 100_000
    kinds: int = 5
    workers: int = 2
    days: float = 30.0
    process_gib: float = 2.0
    tokens: float = 300.0
    core_hour: float = 0.04
    disk_gib_month: float = 0.10
    network_gib: float = 0.01
    million_tokens: float = 0.50


@dataclass(frozen=True, slots=True)
class Routing:
    """How requests are dealt to gateways.

    Attributes:
        parts: into which tenants are dealt by chance.
        each: processes of a part, any of which gets a request.
    """

    parts: int
    each: int

    @property
    def processes(self) -> int:
        """All together."""
        return self.parts * self.each


def simulated(assumed: Assumed, routing: Routing, requests: int = 200_000) -> dict[str, float]:
    """All processes under their traffic: whether a tool has a worker when it is asked for.

    Workers are kept as the pool keeps them, by its own `Room`, the one that was asked for longest ago going first.

    Args:
        assumed: of the traffic.
        routing: how it is dealt.
        requests: to draw, after as many to warm up.

    Returns:
        The share of requests whose tool has to be loaded first; and the requests of the busiest process over the mean.
    """
    draw = random.Random(1)  # noqa: S311  # a draw, no secret
    tenants = [*itertools.accumulate(1 / rank for rank in range(1, assumed.tenants + 1))]
    kinds = [*itertools.accumulate(1 / rank for rank in range(1, assumed.kinds + 1))]
    part_of = [draw.randrange(routing.parts) for _ in tenants]
    kept: list[OrderedDict[str, None]] = [OrderedDict() for _ in range(routing.processes)]
    rooms = [Room(_KEPT_PER_WORKER * assumed.workers, _USEFUL_PER_WORKER * assumed.workers) for _ in kept]
    cold, got = 0, [0] * routing.processes
    for number in range(2 * requests):
        tenant = bisect.bisect(tenants, draw.random() * tenants[-1])
        tool = f"{tenant}/{bisect.bisect(kinds, draw.random() * kinds[-1])}"
        process = part_of[tenant] * routing.each + draw.randrange(routing.each)
        workers, room = kept[process], rooms[process]
        if tool not in workers:
            room.missed(tool)
            cold += number >= requests
        got[process] += 1
        workers[tool] = None
        workers.move_to_end(tool)
        while len(workers) > room.size:
            room.ended(workers.popitem(last=False)[0])
    return {
        "cold_share": round(cold / requests, 3),
        "busiest_over_mean": round(max(got) * len(got) / sum(got), 1),
    }


def hot_tools(assumed: Assumed, routing: Routing) -> int:
    """Tools that a process is asked for once a minute or more, at the mean of all processes and of the day."""
    every = assumed.questions / 1_440
    tenants, kinds = (sum(1 / rank for rank in range(1, count + 1)) for count in (assumed.tenants, assumed.kinds))
    hot = (every / routing.each / (tenants * kinds * kind) for kind in range(1, assumed.kinds + 1))
    return round(sum(min(assumed.tenants, int(ranks)) for ranks in hot) / routing.parts)


def gateways(units: Units, assumed: Assumed, peak: float, parts: int | None) -> dict[str, float]:
    """Cores of all gateways, and what their processes see; by trying until both fit.

    Args:
        units: costs.
        assumed: of the traffic.
        peak: requests a second.
        parts: into which tenants are dealt; None: one for each process.
    """
    cores, found = peak * units.gateway_us / 1e6 / assumed.busy, dict[str, float]()
    for _ in range(4):
        processes = math.ceil(cores)
        routing = Routing(parts or processes, math.ceil(processes / (parts or processes)))
        found = simulated(assumed, routing)
        each = units.gateway_us + assumed.hits * found["cold_share"] * units.cold_us
        cores = peak * each / 1e6 / assumed.busy
    found |= {"tools_asked_for_each_minute": hot_tools(assumed, routing)}
    return {"cores": round(cores, 1), "dollars_a_month": round(cores * HOURS * assumed.core_hour), **found}


def calculated(units: Units, assumed: Assumed) -> dict[str, Any]:
    """What it takes: how many databases, each with its tenants and its gateways, and what that costs a month."""
    mean = assumed.questions / DAY
    peak = mean * assumed.peak
    tools = assumed.tenants * assumed.kinds
    needed = {
        "turns at writing": peak / (units.rows_per_second * assumed.busy),
        "turns at writing, by processor time alone": peak * units.record_us / 1e6 / assumed.busy,
        "memory of a process for its tasks": tools * units.task_kib / 2**20 / assumed.process_gib,
    }
    groups = max(1, math.ceil(max(needed.values())))
    parts = {"any request to any": 1, "a database's requests to its own": groups, "a tenant's to the same": None}
    dealt = {routing: gateways(units, assumed, peak, dealt) for routing, dealt in parts.items()}
    best = min(dealt.values(), key=lambda one: one["cores"])
    replicas = math.ceil(best["cores"])
    database_cores = peak * units.database_us / 1e6 / assumed.busy
    stored = assumed.questions * assumed.days * units.row_bytes / 2**30
    sent = assumed.questions * (units.request_bytes + units.answer_bytes)
    tokens = assumed.questions * 30 * assumed.tokens / 1e6 * assumed.million_tokens
    known = tools / groups
    return {
        "assumed": asdict(assumed),
        "per_second": {"mean": round(mean), "peak": round(peak)},
        "databases_by": {name: round(value, 1) for name, value in needed.items()},
        "databases": groups,
        "gateways_if_every_tool_has_a_worker": {"cores": round(peak * units.gateway_us / 1e6 / assumed.busy, 1)},
        "gateways": dealt,
        "replicas_of_one_core": replicas,
        "tools": {
            "all": tools,
            "that_a_process_knows": round(known),
            "seconds_to_start": round(known * units.task_ms / 1e3),
        },
        "memory_of_a_process_mib": round(
            units.process_mib + known * units.task_kib / 1024 + _USEFUL_PER_WORKER * assumed.workers * units.worker_mib
        ),
        "databases_together": {
            "cores": round(database_cores, 1),
            "rows_a_second_at_peak": round(peak),
            "writing_transactions_a_second_at_peak": round(peak * units.transactions_per_1000 / 1000),
            "statements_a_second_without_a_request": round(replicas * units.statements_idle),
            "log_mib_a_second_at_peak": round(peak * units.log_bytes / 2**20, 1),
            "answers_on_record": assumed.questions * assumed.days,
            "stored_gib": round(stored),
            "tasks_gib": round(tools * units.task_kib / 2**20, 1),
        },
        "network_mbit_a_second_at_peak": round(peak * (units.request_bytes + units.answer_bytes) * 8 / 1e6),
        "dollars_a_month": {
            "gateways": best["dollars_a_month"],
            "databases": round(database_cores * HOURS * assumed.core_hour),
            "disks": round(stored * assumed.disk_gib_month),
            "network": round(sent * 30 / 2**30 * assumed.network_gib),
            "model": round(tokens * (1 - assumed.hits)),
            "model, if it answered all": round(tokens),
        },
    }
