# A reply sent byte by byte without end is stopped.
# expect: time
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
    os.write(4, struct.pack("<IQ", 200_000, exchange()))
    for _ in range(199_999):
        os.write(4, b"[")
        for _ in range(100_000):
            pass
