"""What a page's first rules take, from order lines on: `python -m bench.rules_road WAREHOUSE`, a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.memory import peak_mb


def measured(warehouse: Path) -> dict[str, Any]:
    """Seconds, processor seconds and the peak in MB of a fresh process whose libraries and warehouse are open."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.rules_road", str(warehouse)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(warehouse: str) -> None:
    """Take it, and print a line of figures."""
    os.environ["CLIENTELA_WAREHOUSE"] = warehouse
    from cubes import cube_extension
    from pages.discover import found_rules
    from pages.discover.baskets_view import Association
    from pages.ui import session

    cube_extension.register()
    lines = session.warehouse().profile.lines
    before, began, used = peak_mb(), time.perf_counter(), time.process_time()
    encoded = found_rules.encoded((), "product")
    assert encoded.baskets
    found = found_rules.found(Association(level="product"), encoded.baskets, encoded.suggested)
    assert not isinstance(found, found_rules.RefusedRules)
    figures = {
        "lines": lines,
        "baskets": len(encoded.baskets),
        "rules": found.counts.candidates,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - used,
        "before_mb": before,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1])
