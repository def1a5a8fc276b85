"""What a figure was measured on: enough to judge it, nothing that tells whose machine it was."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("duckdb", "polars", "pandas", "numpy", "chdb", "streamlit", "plotly")


def facts() -> dict[str, Any]:
    """Day, cores, memory, load, system and versions."""
    return {
        "day": date.today().isoformat(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "memory_gb": _memory_gb(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def sentence(facts: dict[str, Any]) -> str:
    """The facts on two lines."""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    return (
        f"{facts['day']}: {facts['cores']} cores ({facts['processor']}), {facts['memory_gb']} GB,"
        f" load {facts['load_average']} at the start, {facts['system']}\nPython {facts['python']}, {packages}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory_gb() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None


def free_mb() -> float:
    """Memory that may be taken without pushing anybody out; all of it where that cannot be told."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        found = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        return int(found["MemAvailable"].split()[0]) * 1024 / 1e6
    return (_memory_gb() or 8) * 1000.0


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
