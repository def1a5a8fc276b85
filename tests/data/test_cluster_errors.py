"""What goes wrong at the cluster is told in words, each with what to do; none of it needs the cluster's packages."""

from __future__ import annotations

import pytest

from data.cluster import spark_cluster
from data.errors import BadRequest, WarehouseError


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (RuntimeError("StatusCode.UNAUTHENTICATED: Invalid token"), "refuses the token"),
        (RuntimeError("StatusCode.UNAVAILABLE: failed to connect"), "does not answer"),
        (RuntimeError("[RETRIES_EXCEEDED] The maximum number of retries"), "does not answer"),
        (RuntimeError("[INVALID_HANDLE.SESSION_NOT_FOUND] The handle is invalid"), "has ended the session"),
        (RuntimeError("[PATH_NOT_FOUND] Path does not exist: file:/a/b"), "does not find the files"),
        (RuntimeError("[FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error"), "does not find the files"),
        (FileNotFoundError(2, "No such file or directory", "/a/b"), "does not find the files"),
        (RuntimeError("[OUT_OF_MEMORY] of 4 GB"), r"could not answer \(RuntimeError\)"),
    ],
)
def test_what_goes_wrong_there_is_told_with_what_to_do(raised: Exception, told: str) -> None:
    with pytest.raises(WarehouseError, match=told) as found, spark_cluster._told():
        raise raised
    assert found.value.remedy


def test_what_was_told_in_words_stays() -> None:
    with pytest.raises(BadRequest, match="No exact way"), spark_cluster._told():
        raise BadRequest("No exact way.", "Ask another.")


@pytest.mark.parametrize("said", ["3.5.1", "4.2.0", "4.2.0.dev1", "3"])
def test_a_spark_too_old_is_told(said: str) -> None:
    with pytest.raises(
        WarehouseError, match=rf"runs Spark {said}; answers are known to be exact from 4\.3 on"
    ):
        spark_cluster.check_version(said)
    for enough in ("4.3.0", "4.10.1", "5.0.0"):
        spark_cluster.check_version(enough)
