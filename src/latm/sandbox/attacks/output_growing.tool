# A value that grows while it is written out does not grow without end.
# expect: output error memory time
import datetime

LIST = []


class Growing(datetime.tzinfo):
    def utcoffset(self, moment):
        LIST.append(datetime.datetime(2024, 1, 1, tzinfo=self))
        return datetime.timedelta(0)


def attack():
    LIST.append(datetime.datetime(2024, 1, 1, tzinfo=Growing()))
    return LIST
