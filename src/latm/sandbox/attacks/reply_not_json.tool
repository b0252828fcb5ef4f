# What is no JSON is read as nothing.
# expect: ok
# value: null
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


def reply(kind, text, count=1, taken=1):
    data = text if isinstance(text, bytes) else text.encode()
    lengths = struct.pack("<I", len(data.decode("utf-8", "surrogatepass"))) + bytes(4 * (count - 1))
    return struct.pack("<I", count) + kind * count + lengths + struct.pack("<Q", taken) * count + data


def attack():
    send(exchange(), reply(b"j", "[1,]"))
    return "true"


def after():
    return True
