# A value whose class lies about itself is the tool's error.
# expect: error
class Liar(str):
    def __len__(self):
        return 0

    def encode(self, *_):
        return b"lie"

    @property
    def __class__(self):
        return str


def attack():
    return Liar("x" * 10)
