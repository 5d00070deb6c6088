"""The base of every error raised on purpose."""

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
