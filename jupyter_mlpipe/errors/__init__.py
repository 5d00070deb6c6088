"""One tree of errors, each with a stable code and a way out.

::

    MlpipeError
    ├── UsageError             MP0xx  a command or a request is wrong           exit 2
    ├── NotebookError          MP1xx  the notebook or a directive is wrong       exit 2
    ├── StoreError             MP2xx  bytes, codecs, manifests, signatures       exit 1
    ├── ExecutionError         MP3xx  a stage, a kernel or the cluster failed    exit 1
    ├── WorkspaceError         MP4xx  settings, folders, ledger                  exit 2
    ├── RefusedError           MP5xx  a gate or a check refused to go on         exit 3
    ├── RegistryError          MP6xx  the model registry                         exit 1
    └── MonitoringError        MP7xx  profiles, drift, quality, owners, alerts   exit 2

Every class carries one code. A code never changes its meaning and is never given twice; ``docs/reference/errors.md``
lists them, and a test holds the list to these files.

This module is not for formatting errors for a screen: the command line, the magics and the server do that.
"""

from jupyter_mlpipe.errors.base import (
    MlpipeError,
)
from jupyter_mlpipe.errors.models import (
    ApprovalNeededError,
    BusyModelError,
    GateRefusedError,
    ModelNameError,
    NotAllowedError,
    PromotionRefusedError,
    RefusedError,
    RegistryError,
    RegistryUnavailableError,
    UnknownModelError,
    UnmeasurableError,
    UnregistrableModelError,
    UntrustedModelError,
)
from jupyter_mlpipe.errors.monitoring import (
    DataFileError,
    DriftOptionError,
    MonitoringError,
    NoReferenceError,
    NotProfiledError,
    ProfileError,
    StreamingUnavailableError,
    StreamOptionError,
    UnprofilableError,
    WindowError,
)
from jupyter_mlpipe.errors.requests import (
    BrokenNotebookError,
    CycleError,
    DirectiveError,
    GateSyntaxError,
    NotebookError,
    RequestError,
    SecondPipelineError,
    SessionHistoryError,
    SplitStageError,
    UndefinedNameError,
    UnknownParameterError,
    UnknownStageError,
    UnparsableCellError,
    UsageError,
)
from jupyter_mlpipe.errors.runs import (
    AmbiguousNameError,
    CancelledError,
    ClusterError,
    CodecUnavailableError,
    CorruptBlobError,
    ExecutionError,
    ExistingFileError,
    HookError,
    KernelDiedError,
    LedgerUnavailableError,
    LedgerVersionError,
    LinearMeaningError,
    MainGuardError,
    MissingBlobError,
    NoKernelError,
    OutsideServerError,
    ReadOnlyError,
    SettingsError,
    StageFailedError,
    StageTimeoutError,
    StoreError,
    StoreUnavailableError,
    UnknownNameError,
    UnknownPanelError,
    UnknownRunError,
    UnknownVersionError,
    UnstorableError,
    WorkspaceError,
)

__all__ = [
    "AmbiguousNameError",
    "ApprovalNeededError",
    "BrokenNotebookError",
    "BusyModelError",
    "CancelledError",
    "ClusterError",
    "CodecUnavailableError",
    "CorruptBlobError",
    "CycleError",
    "DataFileError",
    "DirectiveError",
    "DriftOptionError",
    "ExecutionError",
    "ExistingFileError",
    "GateRefusedError",
    "GateSyntaxError",
    "HookError",
    "KernelDiedError",
    "LedgerUnavailableError",
    "LedgerVersionError",
    "LinearMeaningError",
    "MainGuardError",
    "MissingBlobError",
    "MlpipeError",
    "ModelNameError",
    "MonitoringError",
    "NoKernelError",
    "NoReferenceError",
    "NotAllowedError",
    "NotProfiledError",
    "NotebookError",
    "OutsideServerError",
    "ProfileError",
    "PromotionRefusedError",
    "ReadOnlyError",
    "RefusedError",
    "RegistryError",
    "RegistryUnavailableError",
    "RequestError",
    "SecondPipelineError",
    "SessionHistoryError",
    "SettingsError",
    "SplitStageError",
    "StageFailedError",
    "StageTimeoutError",
    "StoreError",
    "StoreUnavailableError",
    "StreamOptionError",
    "StreamingUnavailableError",
    "UndefinedNameError",
    "UnknownModelError",
    "UnknownNameError",
    "UnknownPanelError",
    "UnknownParameterError",
    "UnknownRunError",
    "UnknownStageError",
    "UnknownVersionError",
    "UnmeasurableError",
    "UnparsableCellError",
    "UnprofilableError",
    "UnregistrableModelError",
    "UnstorableError",
    "UntrustedModelError",
    "UsageError",
    "WindowError",
    "WorkspaceError",
]
