"""Two programs for one task, made apart: what they agree on is less likely to be wrong than what one says."""

from dataclasses import replace

from latm.making.maker import ToolMaker
from latm.making.order import Made, Order
from latm.provenance import Outcome


async def made_by(maker: ToolMaker, order: Order, versions: int) -> Made:
    """Carry out an order; if two programs are wanted, a second time from the other end of the examples.

    The second conversation knows nothing of the first. If it leads to no program, there is no tool: nobody would
    agree with the first.

    Args:
        maker: carries it out.
        order: what is wanted.
        versions: how many programs are to agree, 1 or 2.

    Raises:
        LatmError: as `ToolMaker.make`.
    """
    first = await maker.make(order)
    if versions == 1 or first.program is None:
        return first
    apart = replace(order, examples=tuple(reversed(order.examples)), reusable=(), shown=None, may_be_several=False)
    second = await maker.make(apart)
    making = replace(
        first.making,
        attempts=(*first.making.attempts, *second.making.attempts),
        notes=(*first.making.notes, *second.making.notes),
        usage=first.making.usage + second.making.usage,
        seconds=first.making.seconds + second.making.seconds,
    )
    if second.program is None:
        why = f"one program was made, and no second one that it could agree with: {second.making.reason}"
        return Made(replace(making, outcome=Outcome.FAILED, reason=why, tool_id=None), form=first.form)
    dropped = dict([*first.dropped, *second.dropped])
    reason = f"{making.reason}; a second program was made apart from it: {second.making.reason}"
    return replace(first, making=replace(making, reason=reason), second=second.program, dropped=tuple(dropped.items()))
