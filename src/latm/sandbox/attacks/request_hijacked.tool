# A tool that takes its worker over answers only for itself.
# expect: ok
# value: "mine"
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
    send(exchange(), b'[["mine"],[],"0100000000000000"]')
    while True:
        length, number = struct.unpack("<IQ", os.read(3, 12))
        os.read(3, length)
        send(number, b'[["hijacked"],[],"0100000000000000"]')


def after():
    return True
