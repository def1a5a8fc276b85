"""`python -m data contacts`, its webhook, and what is left of it where it was killed."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from data.__main__ import main
from data.campaigns import contact_webhook
from data.operational import audiences, campaign_contents, operational_store
from data.operational.campaign_contents import CampaignContent, ContentVariant
from data.operational.planned_campaigns import planned_campaigns
from data.store import file_locks
from data.store.publication import published
from data.store.warehouse import writing
from tests.data.contact_firm import contact_firm, started

ROOT = Path(__file__).parents[2]
SECRET = "a secret of the mailing house"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = contact_firm(tmp_path / "w.duckdb", 30)
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    audience = audiences.save(operational_store.ready(path), "All", "q", "frozen", "v1", 30, "ann")
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO audience_member SELECT ?, customer_code, 1, NULL FROM customer WHERE customer_code > 0",
            [audience.id],
        )
    started(path, audience=audience.id)
    return path


class Receiver(HTTPServer):
    """What was posted, and what it answers next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.bodies: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for _, body in self.bodies for line in body.splitlines()]


class _Posted(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as found:
        thread = Thread(target=found.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main(["contacts", *(str(each) for each in arguments)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_contacts_are_written_given_and_sent_once(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "list.csv"
    code, said = run(capsys, "Sprung")
    assert (code, "Did you mean 'Spring'" in said) == (2, True)
    code, said = run(capsys, "Spring", "--day", "2026-03-02", "--to", file)
    assert code == 0, said
    lines = file.read_text().splitlines()
    assert f"{len(lines) - 1} contacts are in {file}" in said
    assert "export 1: " in said
    done, content = published(path), file.read_bytes()
    file.unlink()
    with receiving() as house:
        monkeypatch.setenv("CLIENTELA_WEBHOOK", f"http://127.0.0.1:{house.server_port}/contacts?of=us")
        monkeypatch.setenv("CLIENTELA_WEBHOOK_SECRET", "short")
        code, said = run(capsys, "Spring", "--export", 1, "--to", file)
        assert (code, "CLIENTELA_WEBHOOK_SECRET has fewer than 16" in said, house.bodies) == (2, True, [])
        monkeypatch.setenv("CLIENTELA_WEBHOOK_SECRET", SECRET)
        monkeypatch.setattr(contact_webhook, "PORTION", 10)
        house.answers = [204, 503]
        code, said = run(capsys, "Spring", "--export", 1, "--to", file)
        assert (code, "answered 503" in said, SECRET in said, len(house.bodies)) == (2, True, False, 2)
        code, said = run(capsys, "Spring", "--day", "2026-03-02", "--to", file)
        assert f"{len(lines) - 11} lines were sent" in said
        assert "nothing new" in said
        numbers = [line.split(",")[0] for line in lines[1:]]
        assert [each["key"] for each in house.lines] == [*numbers[:20], *numbers[10:]]
        assert {(each["change"], each["email"][:3]) for each in house.lines} == {("added", "ann")}
        for headers, body in house.bodies:
            signed = hmac.new(
                SECRET.encode(), headers["X-Clientela-Timestamp"].encode() + b"." + body, hashlib.sha256
            )
            assert headers["X-Clientela-Signature"] == f"sha256={signed.hexdigest()}"
        before = len(house.bodies)
        with file_locks.alone(path.with_name(f"{path.name}.sending.lock")):
            code, said = run(capsys, "Spring", "--export", 1)
        assert (code, "are being sent to the webhook" in said) == (2, True)
        code, said = run(capsys, "Spring", "--export", 1, "--to", file, "--changes")
        assert (code, len(house.bodies)) == (0, before)
    assert (published(path), file.read_bytes()) == (done, content)
    assert (tmp_path / "list-added.csv").read_bytes() == content
    assert (tmp_path / "list-removed.csv").read_text() == "contact,code,customer,source\n"
    monkeypatch.setenv("CLIENTELA_WEBHOOK", "http://mail.example/contacts")
    assert "no https address" in run(capsys, "Spring", "--export", 1)[1]
    monkeypatch.delenv("CLIENTELA_WEBHOOK")
    store = operational_store.ready(path)
    audiences.delete(store, audiences.audiences(store)[0].id, "ann")
    code, said = run(capsys, "Spring", "--day", "2026-03-02")
    assert (code, "The audience of “Spring” is not there any more" in said) == (2, True)
    assert run(capsys, "Spring", "--export", 1)[0] == 0


def test_what_is_sent_stands_in_the_list_and_offers_are_left_to_the_page(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = operational_store.ready(path)
    (campaign,) = planned_campaigns(store)
    text = "Dear {{ name }} of {{ country }}, {{ code }}"
    everybody = ContentVariant("All", subject="Hello", text=text, defaults=(("country", "here"),))
    offer = replace(everybody, text="Try {{ offer_1 }}", defaults=(("offer_1", "us"),), offers="new")
    campaign_contents.save(store, CampaignContent(campaign.id, (offer,)), "ann")
    told = ("Spring", "--day", "2026-03-02", "--to", tmp_path / "list.csv")
    code, said = run(capsys, *told)
    assert (code, "names offers" in said, "page Plan" in said) == (2, True, True)
    kept = campaign_contents.campaign_content(store, campaign.id)
    campaign_contents.save(store, replace(kept, variants=(everybody,)), "ann")
    assert run(capsys, *told)[0] == 0
    with (tmp_path / "list.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for each in rows:
        assert each["text"].endswith(f"{each['name'].strip(chr(39))} of France, {each['code']}") or (
            "of Italy" in each["text"]
        )
    assert {each["variant"] for each in rows} == {"All"}


def test_killed_before_and_after_it_is_published_and_run_again_file_and_contacts_agree(
    tmp_path: Path,
) -> None:
    steps = ["contacts written", "published"]
    command = [sys.executable, "-m", "tests.data.killed_contacts", str(tmp_path), *steps]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert json.loads(done.stdout) == {"points": 2, "steps": steps}, done.stderr
