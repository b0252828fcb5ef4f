"""Kinds: which questions of a buffer are of one kind, found by looking back over all of it.

Everything here is pure: the same questions give the same groups, nothing is read, stored, asked or timed.
"""

from latm.kinds.grouping import Group, Grouping, group, grouping
from latm.kinds.template import Template

__all__ = ["Group", "Grouping", "Template", "group", "grouping"]
