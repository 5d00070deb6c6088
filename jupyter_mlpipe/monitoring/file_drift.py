"""Drift of data in files, which no stage made: windows of a file against a reference, recorded once each.

Not for how windows are compared (``drift.compare``), nor for frames of stages (``drift_hook``, ``run_drift``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blake3 import blake3

from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.drift_reports import DriftFact, drift_reports, record_drift
from jupyter_mlpipe.ledger.profiles import ProfileFact, record_profile
from jupyter_mlpipe.monitoring.data_files import KINDS, read_table
from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.drift.report import DriftOptions, DriftReport
from jupyter_mlpipe.monitoring.profile_store import ProfileStore, config
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.monitoring.profiling import profile
from jupyter_mlpipe.monitoring.references import reference_of
from jupyter_mlpipe.monitoring.windows import seconds, windows
from jupyter_mlpipe.settings import Settings

_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Baseline:
    """What windows are compared with."""

    profile: Profile
    blob: str
    """Digest of the profile."""
    model: str | None = None
    version: int | None = None
    features: tuple[str, ...] | None = None
    """Columns that the model was fitted on."""


@dataclass(frozen=True)
class Cut:
    """How a file is cut into windows, and profiled."""

    time: str | None = None
    every: str | None = None
    by: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowDrift:
    """A window of a file against the baseline."""

    report: DriftReport
    profile: Profile
    blob: str
    is_new: bool
    """This very window was not compared with this baseline before."""


def baseline(settings: Settings, ledger: Ledger, against: str, cut: Cut) -> Baseline:
    """What ``flight-delay@production`` learnt from, or a file of data.

    Raises
    ------
    UnknownModelError, NoReferenceError
        There is no such version, or it has no reference.
    DataFileError
        The file cannot be read.
    """
    profiles = ProfileStore(settings)
    if against.lower().endswith(KINDS):
        made = profile(read_table(Path(against)), by=cut.by, pii=cut.pii, key=profiles.key)
        return Baseline(made, profiles.put(made))
    found = reference_of(settings, ledger, against)
    return Baseline(found.profile, found.blob, found.model, found.version, found.features)


def file_drift(
    settings: Settings,
    ledger: Ledger,
    path: Path,
    against: Baseline,
    *,
    cut: Cut,
    options: DriftOptions,
    record: bool = True,
) -> Iterator[WindowDrift]:
    """Compare a file's windows, the earliest first; windows without rows are left out.

    Raises
    ------
    DataFileError, WindowError, UnprofilableError
        The file cannot be read, or has not the columns that were named.
    """
    import pyarrow as pa

    profiles = ProfileStore(settings)
    table = read_table(path)
    moments = None
    if cut.time is not None:
        if cut.time not in table.column_names:
            profile(table.slice(0, 0), time=cut.time)  # says so, with the nearest name
        moments = seconds(table[cut.time], cut.time)
    if options.columns is None and against.features is not None:
        options = replace(options, columns=against.features)
    content = blake3(path.read_bytes()).hexdigest()
    known = _known(ledger, path.name, against)
    for window in windows(moments, cut.every, table.num_rows):
        if not len(window.rows):
            continue
        part = table if len(window.rows) == table.num_rows else table.take(pa.array(window.rows))
        made = replace(profile(part, by=cut.by, pii=cut.pii, key=profiles.key), start=window.start, end=window.end)
        report = compare(against.profile, made, options, name=path.name)
        blob = profiles.put(made) if record else blake3(made.to_bytes()).hexdigest()
        found = WindowDrift(report, made, blob, blob not in known)
        if record and found.is_new:
            _record(ledger, found, against, cut, content)
            known.add(blob)
        yield found


def _known(ledger: Ledger, name: str, against: Baseline) -> set[str | None]:
    """Profiles that were compared with this baseline before."""
    facts = drift_reports(ledger, name=name, limit=_MOST_KNOWN, with_report=False)
    return {fact.profile for fact in facts if fact.reference == against.blob}


def _record(ledger: Ledger, found: WindowDrift, against: Baseline, cut: Cut, content: str) -> None:
    report = found.report
    record_profile(
        ledger,
        ProfileFact(
            blob=found.blob,
            content=f"{content}:{report.start}",
            role="window",
            name=report.name,
            rows=report.rows,
            config=config(cut.by, cut.pii),
            model=against.model,
            version=against.version,
            window_start=report.start,
            window_end=report.end,
        ),
    )
    fact = DriftFact(
        name=report.name,
        rows=report.rows,
        drifted=report.drifted,
        columns_drifted=len(report.drifted_columns),
        report=report.to_json(),
        model=against.model,
        version=against.version,
        reference=against.blob,
        profile=found.blob,
        window_start=report.start,
        window_end=report.end,
    )
    record_drift(ledger, [fact])


class FileWatch:
    """Looks for files that are new or changed since the last look.

    Parameters
    ----------
    patterns
        Globs, such as ``incoming/*.parquet``.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._seen: dict[Path, tuple[float, int]] = {}

    def changed(self, *, settled: float = 0.0) -> list[Path]:
        """Files to compare, by name. What changed less than `settled` seconds ago may still be written, and waits."""
        import glob
        import time

        found = []
        # A pattern may be absolute, which `Path.glob` does not take.
        names = {name for pattern in self._patterns for name in glob.glob(pattern, recursive=True)}  # noqa: PTH207
        for path in sorted(map(Path, names)):
            try:
                state = path.stat()
            except OSError:
                continue  # gone since the glob
            signature = (state.st_mtime, state.st_size)
            if path.is_file() and self._seen.get(path) != signature and time.time() - state.st_mtime >= settled:
                self._seen[path] = signature
                found.append(path)
        return found
