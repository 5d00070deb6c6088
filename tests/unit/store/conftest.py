from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "home" / "key")


@pytest.fixture
def store(tmp_path: Path, signer: Signer) -> ArtifactStore:
    return ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=signer)


@pytest.fixture
def notebook() -> dict[str, Any]:
    """A namespace as a kernel has it, with `run` to execute cells in it."""
    import builtins

    return {"__name__": "__main__", "__builtins__": builtins}
