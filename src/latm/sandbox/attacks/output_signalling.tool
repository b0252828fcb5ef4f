# A Decimal that raises when it is compared leaves the jail as text.
# expect: ok
# value: "sNaN"
import decimal


def attack():
    return decimal.Decimal("sNaN")
