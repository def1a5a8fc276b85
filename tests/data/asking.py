"""A dashboard's process: several readers who ask again and again, `python -m tests.data.asking WAREHOUSE STOP READERS`.

Each opens the next snapshot when it is published, as the pages do, and checks that every answer is one snapshot's.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from data.store.warehouse import Warehouse, current_version

PAUSE = 0.05
QUESTION = """SELECT (SELECT max(number) FROM publication), count(*), sum(revenue), count(DISTINCT order_key),
    max(batch),
    (SELECT lines FROM publication ORDER BY number DESC LIMIT 1),
    (SELECT revenue FROM publication ORDER BY number DESC LIMIT 1), (SELECT count(*) FROM sales_order),
    (SELECT count(*) FROM time WHERE day_key BETWEEN min(sale.day_key) AND max(sale.day_key)) FROM sale"""


class Reader(threading.Thread):
    """One person at the dashboard."""

    def __init__(self, path: Path, stop: Path) -> None:
        super().__init__()
        self.path, self.stop = path, stop
        self.answers, self.seen, self.problems = 0, list[int](), list[str]()
        self.began = threading.Event()

    def run(self) -> None:
        try:
            warehouse = Warehouse(self.path)
            while not self.stop.exists() and not self.problems:
                if current_version(self.path) != warehouse.version:
                    warehouse.close()
                    warehouse = Warehouse(self.path)
                self.ask(warehouse)
                self.began.set()
                time.sleep(PAUSE)
            warehouse.close()
        except Exception as error:
            self.problems.append(repr(error))
        finally:
            self.began.set()

    def ask(self, warehouse: Warehouse) -> None:
        number, lines, revenue, orders, batch, told, amount, known, days = warehouse.rows(QUESTION)[0]
        self.answers += 1
        whole = (
            lines == orders == known == told == days == 11 + number and batch == number and revenue == amount
        )
        if not whole or lines != warehouse.profile.lines:
            self.problems.append(
                f"torn: {(number, lines, revenue, orders, batch, told, amount, known, days)}"
            )
        if self.seen and number < self.seen[-1]:
            self.problems.append(f"backwards: {number} after {self.seen[-1]}")
        if not self.seen or number > self.seen[-1]:
            self.seen.append(number)


def main(path: Path, stop: Path, readers: int) -> dict[str, object]:
    everybody = [Reader(path, stop) for _ in range(readers)]
    for each in everybody:
        each.start()
    for each in everybody:
        each.began.wait()
    stop.with_name(f"asking-{os.getpid()}").touch()
    for each in everybody:
        each.join()
    return {
        "answers": sum(each.answers for each in everybody),
        "least": min(each.answers for each in everybody),
        "snapshots": min(len(each.seen) for each in everybody),
        "problems": [problem for each in everybody for problem in each.problems],
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
