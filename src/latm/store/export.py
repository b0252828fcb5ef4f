"""The comment at the head of an exported tool."""

from latm.provenance import Making, said_caught
from latm.tool import ToolVersion


def facts_of(tool: ToolVersion, making: Making | None) -> dict[str, str]:
    """The facts of a tool's origin, by their names.

    Args:
        tool: the tool as stored.
        making: the making that led to it; None if it is not on record.
    """
    return {
        "task": tool.task,
        "version": str(tool.number),
        "id": tool.id,
        "kind": tool.kind,
        "status": tool.status,
        "verified": _verified(tool),
        **(_facts_of(making) if making else {}),
    }


def header(tool: ToolVersion, making: Making | None) -> str:
    """The facts as comment lines."""
    facts = facts_of(tool, making) | {"id": f"{tool.id} (of the source below this comment)"}
    # Python looks for an encoding in the first two lines only, so they hold no text from outside.
    lines = ["A tool made by latm.", ""] + [f"{name + ':':10}{_one_line(fact)}" for name, fact in facts.items()]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"


def _verified(tool: ToolVersion) -> str:
    if tool.verification.answered:
        return f"on {tool.verification.answered} examples, {tool.verification.held_out} of them held out"
    return f"on {len(tool.demonstrations)} demonstrations"  # all that an older latm recorded


def _facts_of(making: Making) -> dict[str, str]:
    usage = making.usage
    cost = "at an unknown price" if usage.cost is None else f"for {usage.cost} US dollars"
    return {
        "made": f"{making.started_at} by {making.model or 'no model'} with latm {making.version}",
        "outcome": f"{making.outcome}: {making.reason}",
        "caught": f"{said_caught(making) or 'nothing'}, in {len(making.attempts)} tries",
        "spent": f"{usage.calls} calls, {usage.tokens} tokens, {cost}",
    }


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
