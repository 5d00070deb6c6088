"""What was refused, and what the model registry did not do."""

from __future__ import annotations

from jupyter_mlpipe.errors.base import MlpipeError

# -- MP5xx: refusals -----------------------------------------------------------------------------------------------


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


# -- MP6xx: the model registry -------------------------------------------------------------------------------------


class RegistryError(MlpipeError):
    """The model registry did not do what was asked."""

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
