"""Log lines: how many lines of a level a service wrote."""

import random
from datetime import UTC, datetime, timedelta

from latm import Instance

NAME = "error_counts"
SERVICES = ("billing", "search", "checkout", "mailer", "gateway", "catalog", "auth", "reports", "media", "inventory")
LEVELS = ("INFO", "WARN", "ERROR")
MESSAGES = (
    "connection to {other} lost", "request took {number} ms", "retry {digit} of 5", "cache miss for key {number}",
    "job {number} finished", "ERROR reported by {other}", "worker {digit} started", "{other} answered with status 503",
    "queue length is {number}", "token of user {number} expired",
)  # fmt: skip
LINES = (4, 10)


def generate(rng: random.Random) -> Instance:
    """Draw a log of a few services; messages may name levels and services too, which must not be counted."""
    services = rng.sample(SERVICES, 3)
    moment = datetime(2025, rng.randint(1, 12), rng.randint(1, 28), rng.randrange(24), rng.randrange(60), tzinfo=UTC)
    entries = []
    for _ in range(rng.randint(*LINES)):
        moment += timedelta(seconds=rng.randint(0, 90))
        entries.append((moment, rng.choice(LEVELS), rng.choice(services), _message(rng, services)))
    # Taken from what is there, so that the answer is seldom 0.
    level, service = rng.choice(entries)[1], rng.choice(entries)[2]
    log = "\n".join(f"{when:%Y-%m-%dT%H:%M:%SZ} {grade} [{name}] {text}" for when, grade, name, text in entries)
    question = (
        "Each line of this log is: time, level, [service], message.\n"
        f"{log}\n"
        f"How many lines of level {level} did the service {service} write? Answer with the number only."
    )
    count = sum(1 for _, grade, name, _ in entries if (grade, name) == (level, service))
    return Instance(question, answer=str(count), task=NAME)


def _message(rng: random.Random, services: list[str]) -> str:
    return rng.choice(MESSAGES).format(
        other=rng.choice(services), number=rng.randint(10, 9_999), digit=rng.randint(1, 5)
    )
