"""What went wrong in a workspace: its store, its runs, its settings and ledger."""

from __future__ import annotations

from jupyter_mlpipe.errors.base import MlpipeError

# -- MP2xx: the store ----------------------------------------------------------------------------------------------


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


# -- MP3xx: execution ----------------------------------------------------------------------------------------------


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


# -- MP4xx: the workspace ------------------------------------------------------------------------------------------


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


class UnknownNameError(WorkspaceError):
    """Nothing that a run read, made or registered has this name."""

    code = "MP409"


class AmbiguousNameError(WorkspaceError):
    """A name means several things."""

    code = "MP410"
