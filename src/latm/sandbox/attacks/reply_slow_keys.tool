# A reply whose keys take seconds to compare is refused.
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
    number = (1 << 800_000) + 7
    same_hash = str(number % (2**61 - 1))
    keys = b'{"!decimal":"%b"},{"!int":"%b"}' % (same_hash.encode(), hex(number).encode())
    send(exchange(), b'[[{"!set":[' + keys + b']}],[],"0100000000000000"]')
    while True:
        pass
