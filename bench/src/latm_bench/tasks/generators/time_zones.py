"""Time zones: what a clock shows elsewhere, by stated offsets from UTC."""

import random
from datetime import datetime, timedelta, timezone

from latm import Instance

NAME = "time_zones"
OFFSETS = {
    "Honolulu": "-10:00", "Phoenix": "-07:00", "Lima": "-05:00", "Caracas": "-04:00", "Montevideo": "-03:00",
    "Reykjavik": "+00:00", "Lagos": "+01:00", "Johannesburg": "+02:00", "Nairobi": "+03:00", "Dubai": "+04:00",
    "Tashkent": "+05:00", "Mumbai": "+05:30", "Kathmandu": "+05:45", "Dhaka": "+06:00", "Yangon": "+06:30",
    "Bangkok": "+07:00", "Singapore": "+08:00", "Seoul": "+09:00", "Darwin": "+09:30", "Brisbane": "+10:00",
}  # fmt: skip
"""Cities that keep one offset all year."""
EVENTS = ("call", "webinar", "release", "maintenance window", "interview", "handover", "board meeting", "stand-up")


def generate(rng: random.Random) -> Instance:
    """Draw an event in one city, and ask for its local time in another."""
    here, there = rng.sample(sorted(OFFSETS), 2)
    minutes = rng.randrange(0, 3 * 365 * 24 * 60, 5)
    local = datetime(2024, 1, 1, tzinfo=_zone(here)) + timedelta(minutes=minutes)
    question = (
        f"A {rng.choice(EVENTS)} starts at {_told(local)} local time in {here} (UTC{OFFSETS[here]}). "
        f"What are the local date and time in {there} (UTC{OFFSETS[there]}) at that moment? "
        "Answer with date and time only, as yyyy-mm-dd hh:mm on the 24-hour clock."
    )
    return Instance(question, answer=_told(local.astimezone(_zone(there))), task=NAME)


def _zone(city: str) -> timezone:
    offset = OFFSETS[city]
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return timezone(-ahead if offset.startswith("-") else ahead)


def _told(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")[:16]
