# A seed does not reach the next call.
# expect: ok
import random


def attack():
    random.seed(42)
    return random.random()


def after():
    return random.random() != random.Random(42).random()
