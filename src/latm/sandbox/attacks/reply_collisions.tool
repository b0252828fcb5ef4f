# A reply made of keys with one hash cannot slow the host.
# expect: error
import struct
import sys

os = sys.modules["os"]


def exchange():
    frame = sys._getframe()
    while frame is not None:
        if "exchange" in frame.f_locals and "self" in frame.f_locals:
            return frame.f_locals["exchange"]
        frame = frame.f_back


def send(number, payload):
    os.write(4, struct.pack("<IQ", len(payload), number) + payload)


def attack():
    numbers = ",".join(str(number * (2**61 - 1)) for number in range(10_000))
    send(exchange(), b'[[{"!set":[' + numbers.encode() + b']}],[],"0100000000000000"]')
    while True:
        pass
