"""Which commit a project stands at and where it came from, read from git's own files: no program is started for it."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlpipe.settings import public_url


def head_commit(folder: Path) -> str | None:
    """The commit that is checked out in the repository around a folder, or None where there is none."""
    try:
        git = _repository(folder)
        return None if git is None else _resolve(git, (git / "HEAD").read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def remote_url(folder: Path) -> str | None:
    """The URL of the remote ``origin``, without a user or a password, or None where there is none."""
    from configparser import ConfigParser, Error

    config = ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    try:
        git = _repository(folder)
        if git is None:
            return None
        shared = git / "commondir"
        home = (git / shared.read_text(encoding="utf-8").strip()).resolve() if shared.is_file() else git
        config.read_string((home / "config").read_text(encoding="utf-8"))
        url = config.get('remote "origin"', "url", fallback=None)
    except (OSError, ValueError, Error):
        return None
    return public_url(url) if url and "://" in url else url


def _repository(folder: Path) -> Path | None:
    """The ``.git`` folder of the repository around a folder."""
    git = next((parent / ".git" for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if git is not None and git.is_file():  # a worktree or a submodule points at its repository
        git = (git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
    return git


def _resolve(git: Path, head: str) -> str | None:
    if not head.startswith("ref:"):
        return head or None
    name = head.removeprefix("ref:").strip()
    shared = git / "commondir"
    places = [git, (git / shared.read_text(encoding="utf-8").strip()).resolve()] if shared.is_file() else [git]
    for place in places:
        if (place / name).is_file():
            return (place / name).read_text(encoding="utf-8").strip()
        packed = place / "packed-refs"
        if packed.is_file():
            for line in packed.read_text(encoding="utf-8").splitlines():
                if line.endswith(f" {name}"):
                    return line.split()[0]
    return None
