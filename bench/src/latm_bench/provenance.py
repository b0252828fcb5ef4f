"""Where a run comes from: all that is needed to make it again, and which part of it was replayed."""

import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import latm
from latm import Settings, Usage
from latm.parts import Meter, load_recording
from latm_bench.samples import digest

_PACKAGES = ("latm", "pydantic-ai-slim", "genai-prices", "sqlalchemy")
_BENCH_ONLY_SPEED = {"store", "record", "replay", "timeout", "retries", "concurrency", "workers", "budget_usd",
                     "budget_tokens", "block"}  # fmt: skip


def what_counts(settings: Settings) -> dict[str, Any]:
    """The settings on which samples depend."""
    return {name: value for name, value in settings.model_dump(mode="json").items() if name not in _BENCH_ONLY_SPEED}


def provenance(settings: Settings, options: Mapping[str, Any], meters: Sequence[Meter]) -> dict[str, Any]:
    """The provenance of a run that has ended.

    Args:
        settings: of the run.
        options: of the study; those that are paths to data are followed by a digest of what they hold.
        meters: of all models that were asked.
    """
    return {
        "commit": commit(),
        "versions": _versions(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "settings": settings.model_dump(mode="json", exclude={"store"}),
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in options.items()},
        "data": {str(path): data_digest(path) for path in _paths(options.values())},
        "completions": [one for meter in meters for one in _completions(meter)],
        "recording": _recording(settings),
    }


def _paths(values: Iterable[object]) -> Iterator[Path]:
    """Paths among values, and among lists of values."""
    for value in values:
        if isinstance(value, Path):
            yield value
        elif isinstance(value, list | tuple):
            yield from _paths(value)


def commit() -> str | None:
    """The commit of the checkout that this code runs from, with `+` if files differ; None outside a checkout."""
    folder = Path(latm.__file__).parent

    def git(*words: str) -> str:
        command = ["git", "-C", str(folder), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603  # fixed words
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "--", str(folder)) else "")
    except (OSError, subprocess.SubprocessError):
        return None


def data_digest(path: Path) -> str:
    """A digest of the files in a folder, or of one file."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return digest([[file.name, digest(file.read_bytes().hex())] for file in files if file.exists()])


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _completions(meter: Meter) -> list[dict[str, Any]]:
    return [
        {"role": account.role, "purpose": account.purpose, "replayed": account.replayed, **usage_json(usage)}
        for account, usage in sorted(meter.accounts.items(), key=lambda pair: repr(pair[0]))
    ]


def usage_json(usage: Usage) -> dict[str, Any]:
    """A usage as JSON; its cost is null if a price is unknown."""
    return {
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": None if usage.cost is None else float(usage.cost),
    }


def _recording(settings: Settings) -> dict[str, Any] | None:
    path = settings.replay or settings.record
    if path is None or not path.exists():
        return None
    entries = load_recording(path).entries
    times = sorted(entry.recorded_at for entry in entries)
    return {
        "path": str(path),
        "completions": len(entries),
        "models": sorted({entry.model for entry in entries}),
        "since": times[0] if times else None,
        "until": times[-1] if times else None,
    }


def in_words(found: Mapping[str, Any]) -> str:
    """What was replayed, what was asked, in a sentence."""
    replayed = _calls(found["completions"], replayed=True)
    asked = _calls(found["completions"], replayed=False)
    if not replayed and not asked:
        return "No model was asked; every answer came from tools that were already there."
    recording = found["recording"] or {}
    words = f"{replayed:,} completions were replayed, {asked:,} were asked for in this run."
    if replayed and recording:
        return (
            f"{words} The recording is of {_listed(recording['models'])}, {recording['since']} to {recording['until']}."
        )
    return words


def _calls(completions: Iterable[Mapping[str, Any]], *, replayed: bool) -> int:
    return sum(one["calls"] for one in completions if one["replayed"] is replayed)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "no model"
