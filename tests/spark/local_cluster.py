"""A real cluster on loopback, of pyspark's own scripts: a master, two workers, a Connect server with a token."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

TOKEN = "only-for-tests"
WAIT = 90
# What pays for large questions costs small ones more than they take.
OF_FEW_LINES = {"spark.sql.adaptive.enabled": "false", "spark.sql.codegen.wholeStage": "false"}
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"


class LocalCluster:
    """Its processes, each in a group of its own; `address` is what CLIENTELA_ENGINE wants."""

    def __init__(self, folder: Path) -> None:
        import pyspark

        self.folder = folder
        self.home = Path(pyspark.__file__).parent
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        return f"sc://localhost:{self.port}/;token={TOKEN}"

    def start(self) -> None:
        """All of it, until the server listens."""
        deploy = "org.apache.spark.deploy"
        self._run(
            "master", f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"
        )
        master = self._said("master", r"Starting Spark master at (spark://\S+)")
        for at in (1, 2):
            self._run(f"worker{at}", f"{deploy}.worker.Worker", master, "--host", "127.0.0.1", "--cores", "2",
                      "--memory", "1g", "--webui-port", "0")  # fmt: skip
        settings = {
            "spark.connect.grpc.binding.port": self.port,
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.authenticate.token": TOKEN,
            "spark.executor.memory": "800m",
            "spark.executor.cores": 2,
            "spark.ui.enabled": "false",
            **OF_FEW_LINES,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
        }
        given = [each for name, value in settings.items() for each in ("--conf", f"{name}={value}")]
        self._run("connect", f"{deploy}.SparkSubmit", "--class", CONNECT, "--master", master,
                  "--driver-memory", "800m", *given, "spark-internal")  # fmt: skip
        self._said("connect", r"(Spark Connect server started)")

    def kill(self, name: str) -> None:
        """End one process and what it started, at once."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def _run(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [str(self.home / "bin" / "spark-class"), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment(), start_new_session=True,
            )  # fmt: skip

    def _environment(self) -> Mapping[str, str]:
        return os.environ | {
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "SPARK_LOG_DIR": str(self.folder),
            "JAVA_TOOL_OPTIONS": SHORT_LIVED,
        }

    def _said(self, name: str, words: str) -> str:
        """What a process logs at last. Errors: AssertionError with its log where it does not."""
        log = self.folder / f"{name}.log"
        for _ in range(WAIT * 10):
            found = re.search(words, log.read_text(errors="replace"))
            if found:
                return found[1]
            assert self.processes[name].poll() is None, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        raise AssertionError(log.read_text(errors="replace")[-2000:])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
