# A Decimal made of a huge integer costs the host what its text costs.
# expect: ok error output time
import decimal


def attack():
    return decimal.Decimal(1 << 600_000)
