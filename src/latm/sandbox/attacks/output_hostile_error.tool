# An exception that cannot be shown is the tool's error.
# expect: error
class Meta(type):
    @property
    def __name__(cls):
        raise KeyboardInterrupt


class Hostile(Exception, metaclass=Meta):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def attack():
    raise Hostile
