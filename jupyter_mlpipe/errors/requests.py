"""What a user asked that cannot be: commands, requests, notebooks, directives."""

from __future__ import annotations

from jupyter_mlpipe.errors.base import MlpipeError

# -- MP0xx: the command line ---------------------------------------------------------------------------------------


class UsageError(MlpipeError):
    """A command was called with an option or a value that it does not have."""

    code = "MP001"
    exit_code = 2


class RequestError(UsageError):
    """A request to the server is not one that its API knows."""

    code = "MP002"


# -- MP1xx: the notebook -------------------------------------------------------------------------------------------


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
