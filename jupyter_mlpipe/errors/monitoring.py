"""What cannot be watched: profiles, drift, quality, owners, alerts."""

from __future__ import annotations

from jupyter_mlpipe.errors.base import MlpipeError


class MonitoringError(MlpipeError):
    """Data or a model cannot be watched as it was asked."""

    code = "MP700"
    exit_code = 2


class NoReferenceError(MonitoringError):
    """A model version has no profile of what it learnt from."""

    code = "MP760"


class DataFileError(MonitoringError):
    """A file of data cannot be read as a table."""

    code = "MP761"


class ProfileError(MonitoringError):
    """Bytes are no profile that can be read."""

    code = "MP701"


class UnprofilableError(MonitoringError):
    """A value is no frame, or not one that can be profiled as it was asked."""

    code = "MP702"


class DriftOptionError(MonitoringError):
    """Drift cannot be judged as it was asked."""

    code = "MP715"


class WindowError(MonitoringError):
    """Rows cannot be cut into windows as it was asked."""

    code = "MP703"


# -- MP72x: quality ------------------------------------------------------------------------------------------------


class QualityError(MonitoringError):
    """How well a model predicts cannot be told from this data."""

    code = "MP720"


class QualityReferenceError(QualityError):
    """The reference does not say how well the model usually predicts."""

    code = "MP721"


class OwnersError(MonitoringError):
    """``owners.toml`` cannot be used as it is."""

    code = "MP730"


class UnknownOwnerError(OwnersError):
    """Somebody is named whom ``owners.toml`` does not know."""

    code = "MP731"


class ChannelError(OwnersError):
    """A channel's URL is none, or a variable in it is not set."""

    code = "MP732"


class UnknownAlertError(MonitoringError):
    """No alert or silence has this id."""

    code = "MP733"
    default_hint = "`mlpipe alerts list --all` lists them"


class DeliveryError(MonitoringError):
    """A message could not be delivered."""

    code = "MP734"
    exit_code = 1


class AlertRuleError(MonitoringError):
    """A rule for alerts cannot be loaded or failed."""

    code = "MP735"
    exit_code = 1


class MetricsError(MonitoringError):
    """Metrics cannot be written or served as it was asked."""

    code = "MP750"


class StreamingUnavailableError(MonitoringError):
    """What watches streams is not installed."""

    code = "MP710"


class StreamOptionError(MonitoringError):
    """A stream cannot be watched as it was asked."""

    code = "MP711"


class NotProfiledError(MonitoringError):
    """Two runs have no frame of which both kept a profile."""

    code = "MP712"
