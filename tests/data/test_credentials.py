"""The password of a database is repeated nowhere: not in errors, not by parsers, not by mappings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data.credentials import without_passwords
from data.errors import BadInput
from data.load import Mapping
from data.load.mappings.mapping import Part
from data.store.event_log import clean

HERE = Path(__file__).parents[2]
PASSWORD = "hun/t@r2:x"
ADDRESS = f"postgresql://clerk:{PASSWORD}@erp:5432/sales"
WRITTEN = (
    ADDRESS,
    f"postgresql:/clerk:{PASSWORD}@erp/sales",
    f"'{ADDRESS}'",
    f"host=erp user=clerk password={PASSWORD}",
    f"host=erp password='{PASSWORD} or so'",
    f"postgresql://erp/sales?user=clerk&password={PASSWORD}",
    f"postgresql://clerk@corp:{PASSWORD}@erp/sales",
    "postgresql://clerk:hun t@r2@erp/sales",
    "postgresql://clerk:hunter2/erp",
    "no port: postgresql://erp:hunter2",
    "clerk:hunter2@erp:5432/sales",
    "clerk:hunter2@erp/sales",
    f"PGPASSWORD={PASSWORD} on erp",
    f"sslpassword={PASSWORD} host=erp",
    f"host=erp password: {PASSWORD}",
    '{"host": "erp", "password": "hunter2 x"}',
    "host=erp password='hun''t@r2'",
    'host=erp Pwd="hun t@r2"',
)


@pytest.mark.parametrize("text", WRITTEN)
def test_no_password_is_left(text: str) -> None:
    for said in (without_passwords(text), clean(text), str(BadInput(f"{text} is wrong.", f"Try {text}."))):
        assert not [part for part in (PASSWORD, "t@r2", "hun", " x") if part in said], said
    assert "erp" in without_passwords(text)


@pytest.mark.parametrize(
    "text",
    [
        "3:15 at the office",
        "Anna <anna@example.org>",
        "https://example.org/a:b",
        "a@b:c",
        "http://127.0.0.1:8501 and ann@example.org",
        "postgresql://erp:5432/sales",
        "mailto:ann@example.org",
        "It refuses the name or the password. Check ERP_DATABASE.",
        r"C:\exports\sales.csv",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert without_passwords(text) == text


def test_a_mapping_holds_no_address() -> None:
    text = f'source = "erp"\n[customers]\ndatabase = "{ADDRESS}"\ntable = "c"\n[customers.columns]\ncustomer = "n"\n'
    with pytest.raises(BadInput, match="not the name of an environment variable") as refused:
        Mapping.from_text(text)
    assert "hun" not in str(refused.value)
    part = Part(subject="customers", database=ADDRESS, table="c", columns={"customer": "n"})
    with pytest.raises(BadInput, match="not the name") as refused:
        Mapping("erp", (part,)).check()
    assert "hun" not in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "load", ADDRESS),
        ("data", "status", "--warehouse", ADDRESS),
        ("data", "status", ADDRESS),
        ("data", "load", "m.toml", "--as-of", ADDRESS),
        ("cubes", "ask", "sales", "--measures", ADDRESS),
    ],
)
def test_commands_repeat_no_password(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = subprocess.run([sys.executable, "-m", *arguments], cwd=HERE, capture_output=True, text=True, check=False,
                         env={"CLIENTELA_WAREHOUSE": str(tmp_path / "w.duckdb"), "PATH": ""})  # fmt: skip
    assert run.returncode == 2
    assert "hun" not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
