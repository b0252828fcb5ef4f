# A decimal context does not reach the next call.
# expect: ok
# value: "0.333"
import decimal


def attack():
    decimal.getcontext().prec = 3
    return str(decimal.Decimal(1) / 3)


def after():
    return decimal.getcontext().prec == 28
