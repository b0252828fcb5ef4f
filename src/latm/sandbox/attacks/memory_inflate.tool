# A small text that inflates to gigabytes is stopped.
# expect: memory time
import zlib


def attack():
    packed = zlib.compress(bytes(1 << 26), 9)
    whole = b""
    while True:
        whole += zlib.decompress(packed)
