# A reply whose fraction takes seconds to reduce is refused.
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
    parts = [hex(7**number).encode() for number in (150_000, 150_001)]
    send(exchange(), b'[[{"!fraction":["%b","%b"]}],[],"0100000000000000"]' % tuple(parts))
    while True:
        pass
