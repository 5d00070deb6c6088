"""One tree of errors, each with a stable code and a way out.

::

    MlpipeError
    ├── UsageError             MP0xx  a command or a request is wrong           exit 2
    ├── NotebookError          MP1xx  the notebook or a directive is wrong       exit 2
    ├── StoreError             MP2xx  bytes, codecs, manifests, signatures       exit 1
    ├── ExecutionError         MP3xx  a stage, a kernel or the cluster failed    exit 1
    ├── WorkspaceError         MP4xx  settings, folders, ledger                  exit 2
    ├── RefusedError           MP5xx  a gate or a check refused to go on         exit 3
    └── RegistryError          MP6xx  the model registry                         exit 1

Every class carries one code. A code never changes its meaning and is never given twice; ``docs/reference/errors.md``
lists them, and a test holds the list to this file.

This module is not for formatting errors for a screen: the command line, the magics and the server do that.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, ClassVar


class MlpipeError(Exception):
    """Base of every error raised on purpose.

    Parameters
    ----------
    message
        What happened, in the user's terms.
    hint
        What to do next. Defaults to the class's own hint.
    details
        Facts for machines (JSON values): names, paths, line numbers.
    """

    code: ClassVar[str] = "MP000"
    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.details = details

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}"
        return f"{text}\n  → {self.hint}" if self.hint else text

    def to_json(self) -> dict[str, Any]:
        """The one JSON shape in which errors leave the process."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details}

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (Dask); the default would lose hint and details.
        return _rebuild, (type(self), self.message, self.hint, self.details)


def _rebuild(cls: type[MlpipeError], message: str, hint: str, details: dict[str, Any]) -> MlpipeError:
    return cls(message, hint=hint, **details)


# -- MP0xx: the command line --------------------------------------------------------------------------------------


class UsageError(MlpipeError):
    """A command was called with an option or a value that it does not have."""

    code = "MP001"
    exit_code = 2


class RequestError(UsageError):
    """A request to the server is not one that its API knows."""

    code = "MP002"


# -- MP1xx: the notebook ------------------------------------------------------------------------------------------


class NotebookError(MlpipeError):
    """The notebook, or a line of ours in it, cannot be understood."""

    code = "MP100"
    exit_code = 2


class DirectiveError(NotebookError):
    """A ``%%stage`` or ``%pipeline`` line has an unknown option or a bad value."""

    code = "MP101"


class BrokenNotebookError(NotebookError):
    """The file is missing, is not JSON, or is not a notebook we read."""

    code = "MP102"


class UnparsableCellError(NotebookError):
    """A cell is not valid Python after IPython's own transformations."""

    code = "MP103"


class SecondPipelineError(NotebookError):
    """A notebook holds more than one ``%pipeline`` line."""

    code = "MP104"
    default_hint = "keep one %pipeline line a notebook"


class CycleError(NotebookError):
    """Stages need each other, so no order satisfies them."""

    code = "MP105"


class UndefinedNameError(NotebookError):
    """A stage reads a name that nothing above it defines."""

    code = "MP106"


class UnknownParameterError(NotebookError):
    """A parameter was given that the notebook does not declare, or with a value that is not JSON."""

    code = "MP107"


class SplitStageError(NotebookError):
    """A stage is spread over several cells, and a stage between them changes what it uses."""

    code = "MP108"
    default_hint = "give the later cells a stage name of their own"


class SessionHistoryError(NotebookError):
    """A stage reads the session's history (``_``, ``Out[]``, ``In[]``), which a run does not have."""

    code = "MP109"
    default_hint = "bind the value to a name and use that name"


class UnknownStageError(NotebookError):
    """A stage was named that the notebook does not have."""

    code = "MP110"


class GateSyntaxError(NotebookError, ValueError):
    """A gate cannot be read, or calls a measure that does not exist or with arguments that it does not take."""

    code = "MP111"
    default_hint = 'a gate is written as "auc >= 0.75" or "roc_auc(y_true, y_score) >= 0.75", several joined by and'


# -- MP2xx: the store ---------------------------------------------------------------------------------------------


class StoreError(MlpipeError):
    """The artifact store cannot do what was asked."""

    code = "MP200"


class MissingBlobError(StoreError):
    """A blob that a manifest names is not in the store."""

    code = "MP201"
    default_hint = "run `mlpipe store verify`; the stage that made it will run again"


class CorruptBlobError(StoreError):
    """A blob's bytes no longer match its digest."""

    code = "MP202"
    default_hint = "run `mlpipe store verify --repair`; the stage that made it will run again"


class UnstorableError(StoreError):
    """A variable that a later stage needs cannot be stored."""

    code = "MP203"


class StoreUnavailableError(StoreError):
    """The store cannot be read or written: permissions, a full disk, a remote that does not answer."""

    code = "MP205"


class CodecUnavailableError(StoreError):
    """An artifact needs a library that is not installed here."""

    code = "MP206"


class UnknownVersionError(StoreError):
    """A stage has no such result, or it is not stored any more."""

    code = "MP207"
    default_hint = "`%restore STAGE --key` completes the keys that are known; without --key it takes the newest result"


# -- MP3xx: execution ---------------------------------------------------------------------------------------------


class ExecutionError(MlpipeError):
    """A run could not be carried out."""

    code = "MP300"


class StageFailedError(ExecutionError):
    """A cell of a stage raised."""

    code = "MP301"


class KernelDiedError(ExecutionError):
    """The kernel of a stage ended before the stage did."""

    code = "MP302"


class StageTimeoutError(ExecutionError):
    """A stage took longer than its ``--timeout``."""

    code = "MP303"


class CancelledError(ExecutionError):
    """The run was cancelled."""

    code = "MP304"
    exit_code = 130


class NoKernelError(ExecutionError):
    """The notebook's kernel is not installed, or is not Python."""

    code = "MP305"


class ClusterError(ExecutionError):
    """The cluster cannot be reached, or no worker can ever hold a stage."""

    code = "MP306"


class HookError(ExecutionError):
    """A stage hook failed. It is the hook's own fault, not the stage's."""

    code = "MP307"


class LinearMeaningError(ExecutionError):
    """Running the stages apart would differ from running the notebook top to bottom."""

    code = "MP308"


class MainGuardError(ExecutionError):
    """A script starts a run outside of ``if __name__ == "__main__"``: each worker that imports it would do so too."""

    code = "MP309"
    default_hint = 'put what the script does below `if __name__ == "__main__":`'


# -- MP4xx: the workspace -----------------------------------------------------------------------------------------


class WorkspaceError(MlpipeError):
    """The workspace, its settings or its ledger are wrong."""

    code = "MP400"
    exit_code = 2


class SettingsError(WorkspaceError):
    """A setting has an unknown name or a bad value."""

    code = "MP401"


class LedgerUnavailableError(WorkspaceError):
    """The ledger's database cannot be opened, read or written."""

    code = "MP402"


class LedgerVersionError(WorkspaceError):
    """The ledger was written by a newer version of jupyter_mlpipe."""

    code = "MP403"
    default_hint = "upgrade jupyter-mlpipe, or point MLPIPE_LEDGER_URL at another ledger"


class UnknownRunError(WorkspaceError):
    """No run has this id."""

    code = "MP404"


class ReadOnlyError(WorkspaceError):
    """The workspace's folder, or the place for the executed notebook, cannot be written."""

    code = "MP405"


class OutsideServerError(WorkspaceError):
    """A request names a file that the Jupyter server does not show."""

    code = "MP406"
    default_hint = "name a notebook below the server's root folder"


class ExistingFileError(WorkspaceError):
    """A file that would be written is there already."""

    code = "MP407"


class UnknownPanelError(WorkspaceError):
    """No installed package has this panel."""

    code = "MP408"


# -- MP5xx: refusals ----------------------------------------------------------------------------------------------


class RefusedError(MlpipeError):
    """A check said no; nothing downstream runs."""

    code = "MP500"
    exit_code = 3


class GateRefusedError(RefusedError):
    """A gate of a stage did not hold."""

    code = "MP501"


class UnmeasurableError(RefusedError):
    """A gate's measure cannot be taken on the values that it was given, so the gate does not hold."""

    code = "MP502"


class PromotionRefusedError(RefusedError):
    """A model version may not get the lifecycle state that was asked for."""

    code = "MP503"


class NotAllowedError(RefusedError):
    """The model's policy does not let this user do that."""

    code = "MP504"


class ApprovalNeededError(RefusedError):
    """Everything holds, but somebody must approve it first."""

    code = "MP505"
    exit_code = 4


class UntrustedModelError(RefusedError):
    """A model's files or its alias are not what was signed, so it is not loaded."""

    code = "MP506"


# -- MP6xx: the model registry ------------------------------------------------------------------------------------


class RegistryError(MlpipeError):
    """The model registry could not do what was asked."""

    code = "MP600"


class RegistryUnavailableError(RegistryError):
    """MLflow does not answer."""

    code = "MP601"


class UnknownModelError(RegistryError):
    """There is no model, version or alias of this name."""

    code = "MP602"
    exit_code = 2


class ModelNameError(RegistryError):
    """A model's name is not one that MLflow can keep."""

    code = "MP603"
    exit_code = 2


class UnregistrableModelError(RegistryError):
    """A value cannot be registered as a model."""

    code = "MP604"


class BusyModelError(RegistryError):
    """Somebody else is changing this model."""

    code = "MP605"
