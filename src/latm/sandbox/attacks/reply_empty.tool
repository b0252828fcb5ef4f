# A flood of replies without results is cut off.
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
    while True:
        send(exchange(), struct.pack("<I", 0))
