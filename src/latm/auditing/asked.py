"""The goal that the settings ask of a task's tools."""

from latm.auditing.goal import Goal, Policy
from latm.settings import Settings

_ALLOWED = 0.01
_AUDITED = 0.05
_AUDITED_SEARCHING = 0.1
"""For a tool that searches free text, because no gate has seen more of that text than the tool."""


def asks(settings: Settings) -> bool:
    """Whether the settings say anything of errors; if they do not, what other processes asked for stands."""
    said = settings.max_error is not None or settings.audit is not None or settings.policy != "auto"
    return said or bool(settings.policy_of)


def goal_of(settings: Settings, task: str, *, searches: bool = False) -> Goal:
    """What is asked of a task's tools: certified if a largest error is set, else as soon as they are verified.

    Args:
        settings: what is asked of all tasks.
        task: its name.
        searches: whether the tool searches free text; if no share of audits is set, it is audited twice as often.

    Raises:
        SettingsError: the settings contradict each other.
    """
    implied = "verified" if settings.max_error is None else "certified"
    asked = settings.policy_of.get(task, settings.policy)
    policy = Policy(implied if asked == "auto" else asked)
    share = settings.audit
    if share is None:
        audited = _AUDITED_SEARCHING if searches else _AUDITED
        share = audited if policy is Policy.CERTIFIED else 0.0
    return Goal(settings.max_error or _ALLOWED, settings.confidence, share, policy)


def check_goal(settings: Settings) -> None:
    """Refuse settings that contradict each other, before anything is opened.

    Raises:
        SettingsError: says which.
    """
    for task in ("", *settings.policy_of):
        goal_of(settings, task)
