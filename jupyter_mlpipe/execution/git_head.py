"""Which commit a project stands at, read from git's own files: no program is started for it."""

from __future__ import annotations

from pathlib import Path


def head_commit(folder: Path) -> str | None:
    """The commit that is checked out in the repository around a folder, or None where there is none."""
    git = next((parent / ".git" for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    try:
        if git is not None and git.is_file():  # a worktree or a submodule points at its repository
            git = (git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        return None if git is None else _resolve(git, (git / "HEAD").read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


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
