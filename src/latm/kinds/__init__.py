"""Kinds: which questions of a buffer are of one kind, found by grouping the whole buffer.

Everything here is pure: the same questions give the same groups; nothing is read, stored, asked or timed.
"""

from latm.kinds.breadth import Choice, choose
from latm.kinds.evidence import by_form, split
from latm.kinds.grouping import Group, Grouping, group, grouping, whole
from latm.kinds.regions import TEXT, Region, Regions, Role, regions
from latm.kinds.template import Template, templates
from latm.kinds.typography import canonical, readings, retyped, without_courtesies
from latm.kinds.wording import Wording, boilerplate, wording

__all__ = [
    "TEXT",
    "Choice",
    "Group",
    "Grouping",
    "Region",
    "Regions",
    "Role",
    "Template",
    "Wording",
    "boilerplate",
    "by_form",
    "canonical",
    "choose",
    "group",
    "grouping",
    "readings",
    "regions",
    "retyped",
    "split",
    "templates",
    "whole",
    "without_courtesies",
    "wording",
]
