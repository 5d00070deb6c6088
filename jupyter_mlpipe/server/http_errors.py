"""Errors as replies: which HTTP status each kind has, and the one JSON shape."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec

from jupyter_mlpipe.errors import (
    BusyModelError,
    CancelledError,
    ExistingFileError,
    MissingBlobError,
    MlpipeError,
    ModelNameError,
    NotebookError,
    OutsideServerError,
    ReadOnlyError,
    RefusedError,
    RegistryUnavailableError,
    RequestError,
    UnknownAlertError,
    UnknownModelError,
    UnknownPanelError,
    UnknownRunError,
    UnknownStageError,
    UsageError,
    WorkspaceError,
)
from jupyter_mlpipe.server.shapes.errors import ErrorInfo, ErrorReply

_STATUSES: tuple[tuple[type[MlpipeError], HTTPStatus], ...] = (
    # The first that fits counts.
    (UsageError, HTTPStatus.BAD_REQUEST),
    (UnknownStageError, HTTPStatus.NOT_FOUND),
    (UnknownRunError, HTTPStatus.NOT_FOUND),
    (UnknownPanelError, HTTPStatus.NOT_FOUND),
    (UnknownModelError, HTTPStatus.NOT_FOUND),
    (UnknownAlertError, HTTPStatus.NOT_FOUND),
    (MissingBlobError, HTTPStatus.NOT_FOUND),
    (OutsideServerError, HTTPStatus.FORBIDDEN),
    (ReadOnlyError, HTTPStatus.FORBIDDEN),
    (ExistingFileError, HTTPStatus.CONFLICT),
    (RefusedError, HTTPStatus.CONFLICT),
    (CancelledError, HTTPStatus.CONFLICT),
    (BusyModelError, HTTPStatus.CONFLICT),
    (ModelNameError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RegistryUnavailableError, HTTPStatus.BAD_GATEWAY),
    (NotebookError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (WorkspaceError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_log = logging.getLogger(__name__)


def reply_to(error: Exception) -> tuple[int, bytes]:
    """Status and body of the reply to a request that raised."""
    if isinstance(error, MlpipeError):
        status = next(
            (status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR
        )
        return status, body_of(error)
    _log.error("an unexpected error", exc_info=error)
    # What an unexpected error says may be about anything: it goes into the server's log, not to the browser.
    ours = MlpipeError(f"an unexpected error: {type(error).__name__}", hint="the Jupyter server's log says more")
    return HTTPStatus.INTERNAL_SERVER_ERROR, body_of(ours)


def bad_request(text: str) -> RequestError:
    """The error for a request that does not fit its route."""
    return RequestError(f"the request cannot be understood: {text}", hint="the OpenAPI document says what it takes")


def body_of(error: MlpipeError) -> bytes:
    """An error as JSON."""
    # Details are for machines, and may hold what JSON does not know.
    return msgspec.json.encode(
        ErrorReply(ErrorInfo(error.code, error.message, error.hint, error.details)), enc_hook=str
    )
