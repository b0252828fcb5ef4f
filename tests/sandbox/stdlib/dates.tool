import calendar
import time
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock


def next_weekday(text, weekday):
    day = date.fromisoformat(text)
    return day + timedelta((weekday - day.weekday() - 1) % 7 + 1)


def parsed(text, form):
    return datetime.strptime(text, form), datetime.strptime(text, form).strftime("%A %d %B %Y, week %V, day %j")


def bad_date(text):
    return datetime.strptime(text, "%Y-%m-%d")


def age(born, today):
    born, today = date.fromisoformat(born), date.fromisoformat(today)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)), (today - born).days


def in_zone(text, zone):
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(zone))
    return moment.isoformat(), moment.tzname(), moment.utcoffset(), moment.dst(), moment.fold


def across_the_clock_change(text, zone, hours):
    start = datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return str(start + timedelta(hours=hours)), str((start.astimezone(UTC) + timedelta(hours=hours)).astimezone(start.tzinfo))


def unknown_zone(name):
    return str(zoneinfo.ZoneInfo(name))


def zone_count():
    return len(zoneinfo.available_timezones()), sorted(zoneinfo.available_timezones())[:5]


def fixed_offset(minutes):
    zone = timezone(timedelta(minutes=minutes))
    return datetime(2024, 2, 29, 12, tzinfo=zone), clock(1, 2, 3, tzinfo=zone), datetime(2024, 1, 1, tzinfo=timezone.utc)


def month_table(year, month):
    return calendar.month(year, month), calendar.monthrange(year, month), calendar.isleap(year), calendar.day_name[0]


def last_friday(year, month):
    return max(week[calendar.FRIDAY] for week in calendar.monthcalendar(year, month))


def from_stamp(seconds):
    return datetime.fromtimestamp(seconds, UTC), time.strftime("%c", time.gmtime(seconds)), calendar.timegm((2024, 2, 29, 0, 0, 0))


def local_stamp(seconds):
    return str(datetime.fromtimestamp(seconds)), time.localtime(seconds).tm_zone, time.strptime("3 Feb 2021", "%d %b %Y")[:6]


def spans(seconds):
    span = timedelta(seconds=seconds)
    return span, str(span), span.total_seconds(), divmod(span, timedelta(minutes=7)), abs(-span), span / 3


def iso_weeks(year):
    return [date(year, 12, day).isocalendar()[:] for day in (28, 29, 30, 31)], date.fromisocalendar(year, 1, 1), date.max, date.min


CASES = {
    "next_weekday": [("2024-02-28", 3), ("2023-12-31", 6)],
    "parsed": [("3 Mar 2021 14:05", "%d %b %Y %H:%M"), ("2020-366", "%Y-%j")],
    "bad_date": [("2023-02-29",)],
    "age": [("2000-02-29", "2023-02-28")],
    "in_zone": [("2024-07-01T12:00:00", "Europe/Vienna"), ("1935-01-01T00:00:00", "America/New_York"), ("2050-07-01T00:00:00", "Australia/Lord_Howe")],
    "across_the_clock_change": [("2024-03-30T12:00", "Europe/Berlin", 24), ("2024-11-02T12:00", "America/Chicago", 24)],
    "unknown_zone": [("Mars/Olympus",), ("../etc/passwd",)],
    "zone_count": [()],
    "fixed_offset": [(330,), (-60,)],
    "month_table": [(2024, 2)],
    "last_friday": [(2024, 5)],
    "from_stamp": [(1_700_000_000,)],
    "local_stamp": [(1_700_000_000,)],
    "spans": [(100_000.5,)],
    "iso_weeks": [(2020,), (2024,)],
}
