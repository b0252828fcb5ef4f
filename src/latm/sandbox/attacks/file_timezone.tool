# A tool cannot read a file by the name of a time zone.
# expect: error
from zoneinfo import ZoneInfo


def attack():
    return str(ZoneInfo("../../../etc/passwd"))
