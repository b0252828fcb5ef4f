# A value that is emptied while it is written out harms only its tool.
# expect: ok error
# value: ["2024-01-01 00:00:00+00:00"]
import datetime

DICT = {}


class Emptying(datetime.tzinfo):
    def utcoffset(self, moment):
        LIST.clear()
        return datetime.timedelta(0)


LIST = [datetime.datetime(2024, 1, 1, tzinfo=Emptying()), [1], {2: 3}]


def attack():
    return LIST


def after():
    return len(LIST) == 3
