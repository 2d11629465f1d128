from collections.abc import Iterator

import pytest

from .backend_child import Backend


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One child for all tests that leave it running, with an empty queue."""
    with Backend(tmp_path_factory.mktemp("backend")) as shared:
        yield shared
