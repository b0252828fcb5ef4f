"""What a competent maker and user say of toy sums, by the paper's protocol."""

from latm.models.port import Request

FUNCTION = "```python\ndef add(numbers):\n    return sum(numbers)\n```"
SOLUTION = "numbers = [{a}, {b}]\nret = add(numbers)\nans = str(ret)"


def unit_tests(*pairs: tuple[int, int]) -> str:
    """Unit tests of sums."""
    blocks = [f"{SOLUTION.format(a=a, b=b)}\nassert ans == '{a + b}'" for a, b in pairs]
    return "```python\n" + "\n\n".join(blocks) + "\n```"


def guide_of(*pairs: tuple[int, int]) -> str:
    """A guide for the tool user."""
    return "\n\n".join(
        f"Question: What is {a} and {b}?\nSolution:\n```python\n{SOLUTION.format(a=a, b=b)}\n```" for a, b in pairs
    )


def paper_reply(request: Request) -> str:
    """A maker that gets everything right at once."""
    pairs = [(4, 5), (5, 6), (6, 7)]
    return {"propose": FUNCTION, "verify": unit_tests(*pairs), "wrap": guide_of(*pairs)}[request.purpose]
