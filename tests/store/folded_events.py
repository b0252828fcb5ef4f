"""What events make of a version, told independently of the store."""

from collections.abc import Iterable

from latm.event import LEADS_TO, Event
from latm.tool import ToolStatus


def status_after(events: Iterable[Event]) -> ToolStatus:
    """The status of a version with these events, the oldest first: the last deciding event decides."""
    status = ToolStatus.CANDIDATE
    for event in events:
        status = LEADS_TO.get(event.kind, status)
    return status
