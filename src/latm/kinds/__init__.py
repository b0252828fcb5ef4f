"""Kinds: which questions of a buffer are of one kind, found by looking back over all of it.

Everything here is pure: the same questions give the same groups, nothing is read, stored, asked or timed.
"""

from latm.kinds.breadth import Choice, choose
from latm.kinds.evidence import by_form, split
from latm.kinds.grouping import Group, Grouping, group, grouping, whole
from latm.kinds.regions import TEXT, Region, Regions, Role, regions
from latm.kinds.template import Template, templates
from latm.kinds.typography import canonical, readings, retyped, without_courtesies

__all__ = [
    "TEXT",
    "Choice",
    "Group",
    "Grouping",
    "Region",
    "Regions",
    "Role",
    "Template",
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
]
