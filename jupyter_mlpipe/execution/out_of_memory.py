"""What follows when a stage ran out of memory: the same stage with twice as much, as far as its line allows.

Not for holding a stage to its memory (``forked_kernel``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.notebook.pipeline import StageOptions

_KILLED = -9
_OF_A_GPU = "OutOfMemoryError"
"""PyTorch's, which more memory of the machine does not help."""


def enlarged(
    options: StageOptions, error: MlpipeError, most: Callable[[], int | None] = lambda: None
) -> StageOptions | None:
    """The options for the next attempt; None where the stage had memory enough, or may not have more.

    Parameters
    ----------
    options
        Of the attempt that failed; ``max_memory`` says how far it may go.
    error
        What it failed with.
    most
        Asked for the bytes that the largest worker has; None for any.
    """
    if options.memory >= options.max_memory or not _ran_out(error):
        return None
    largest = most()
    bound = options.max_memory if largest is None else min(options.max_memory, largest)
    memory = min(2 * options.memory, bound)
    return replace(options, memory=memory) if memory > options.memory else None


def _ran_out(error: MlpipeError) -> bool:
    name = str(error.details.get("ename", ""))
    return (name.endswith("MemoryError") and name != _OF_A_GPU) or error.details.get("exit_code") == _KILLED
