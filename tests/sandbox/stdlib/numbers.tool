import array
import cmath
import decimal
import fractions
import hashlib
import math
import numbers
import operator
import random
import statistics
import struct
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def remainders(pairs):
    product = math.prod(modulus for _, modulus in pairs)
    return sum(rest * (product // m) * pow(product // m, -1, m) for rest, m in pairs) % product, product


def big_power(base, exponent):
    return base**exponent


def factorial_digits(number):
    return sum(map(int, str(math.factorial(number))))


def too_many_digits(number):
    return len(str(10**number))


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    for number in range(2, math.isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return [number for number in range(2, limit + 1) if sieve[number]]


def fraction_sum(texts):
    total = sum(map(Fraction, texts), Fraction(0))
    return total, str(total), total.limit_denominator(10), float(total), divmod(total, 1)


def money(texts):
    total = sum(map(Decimal, texts))
    return total, total.quantize(Decimal("0.01"), ROUND_HALF_UP), f"{total:,.2f}", total.as_tuple().exponent


def decimal_context(precision):
    with decimal.localcontext() as context:
        context.prec = precision
        return str(Decimal(1) / Decimal(7)), str(Decimal(2).sqrt()), str(decimal.getcontext().prec)


def decimal_trap(text):
    return str(Decimal(text) / 0)


def summary(values):
    return (
        statistics.mean(values), statistics.median(values), statistics.pstdev(values), statistics.quantiles(values, n=4),
        statistics.mode(values), statistics.fmean(values),
    )


def line(xs, ys):
    slope, intercept = statistics.linear_regression(xs, ys)
    return slope, intercept, statistics.correlation(xs, ys), statistics.NormalDist(0, 1).cdf(1.96)


def exact_mean(texts):
    return statistics.mean(map(Fraction, texts)), statistics.mean([Decimal("0.1"), Decimal("0.3")])


def seeded(seed):
    source = random.Random(seed)
    return source.random(), source.randint(1, 100), source.sample(range(50), 4), source.choices("abc", k=5), source.gauss(0, 1)


def shuffled(seed):
    random.seed(seed)
    cards = list(range(10))
    random.shuffle(cards)
    return cards


def roots(a, b, c):
    root = cmath.sqrt(b * b - 4 * a * c)
    return [[z.real, z.imag] for z in ((-b + root) / (2 * a), (-b - root) / (2 * a))]


def floats(value):
    return value.hex(), value.as_integer_ratio(), math.frexp(value), round(value, 2), math.ulp(value), repr(value)


def not_numbers():
    return math.inf - 1, -math.inf, math.isnan(math.nan), 0.1 + 0.2, -0.0, math.fsum([0.1] * 10), 1e308 * 10


def integers(number):
    return number.bit_length(), number.bit_count(), bin(number), f"{number:_x}", int.from_bytes(number.to_bytes(16, "big"), "little")


def geometry(points):
    distance = sum(math.dist(a, b) for a, b in zip(points, points[1:] + points[:1]))
    area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]))) / 2
    return distance, area, math.degrees(math.atan2(3, 4)), math.hypot(3, 4), math.comb(50, 6), math.gcd(84, 36), math.lcm(4, 6)


def packed(values):
    data = struct.pack("<hIf", *values)
    return data, struct.unpack("<hIf", data), struct.calcsize("<hIf"), array.array("i", [1, 2, 3]).tobytes()


def digests(text):
    data = text.encode()
    return [getattr(hashlib, name)(data).hexdigest() for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b")]


def kinds(value):
    return [isinstance(value, kind) for kind in (numbers.Integral, numbers.Rational, numbers.Real)], operator.index(3), operator.itemgetter(1)("abc")


CASES = {
    "remainders": [([(2, 3), (3, 5), (2, 7)],)],
    "big_power": [(7, 6000), (-2, 127), (2, 63), (-2, 63)],
    "factorial_digits": [(100,), (1000,)],
    "too_many_digits": [(4000,), (5000,)],
    "primes": [(100,)],
    "fraction_sum": [(["1/3", "0.25", "-2"],), ([],)],
    "money": [(["19.99", "0.015", "100"],)],
    "decimal_context": [(50,), (3,)],
    "decimal_trap": [("1",), ("0",)],
    "summary": [([1, 2, 2, 3, 10],), ([0.5, 0.5],)],
    "line": [([1, 2, 3], [2, 4, 7])],
    "exact_mean": [(["1/3", "1/6"],)],
    "seeded": [(42,), ("text",)],
    "shuffled": [(7,)],
    "roots": [(1, 2, 5), (1, -3, 2)],
    "floats": [(0.1,), (-2.5,), (1e-320,)],
    "not_numbers": [()],
    "integers": [(12345678901234567890,)],
    "geometry": [([(0, 0), (4, 0), (4, 3)],)],
    "packed": [([-2, 7, 0.5],)],
    "digests": [("ä text",)],
    "kinds": [(3,), (0.5,), (True,)],
}
