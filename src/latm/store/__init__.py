"""The tool cache: tasks, tools, makings and answers in a database."""

from latm.store.answer_log import AnswerLog
from latm.store.answers import RouteTotals, TaskTotals
from latm.store.cache import ToolCache
from latm.store.makings import Journal

__all__ = ["AnswerLog", "Journal", "RouteTotals", "TaskTotals", "ToolCache"]
