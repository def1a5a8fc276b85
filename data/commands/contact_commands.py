"""The command for a campaign's contacts: writes them, gives them as files, and sends them where that is set up."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from data.access.deed import Deed
from data.campaigns import audience_rows
from data.campaigns.contact_files import (
    added_contacts,
    contact_list,
    csv_bytes,
    removed_contacts,
    write_file,
)
from data.campaigns.contact_messages import messages_of
from data.campaigns.contact_rules import REASON
from data.campaigns.contact_webhook import send_contacts
from data.campaigns.planned_rules import planned_rules
from data.campaigns.write_contacts import ContactExport, write_contacts
from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, reasoned, say, shared
from data.errors import BadInput, BadRequest
from data.operational import operational_store
from data.operational.audiences import audiences
from data.operational.campaign_contents import campaign_content
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import PlannedCampaign, planned_campaign, planned_campaigns
from data.people.audit_event import thing
from data.people.export_note import exporting
from data.store.warehouse import Warehouse

ENDING = ".csv"


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "contacts",
        parents=[shared(), reasoned()],
        help="reach the audience of a planned campaign, and list its contacts",
    )
    parser.add_argument("campaign", metavar="CAMPAIGN", help="its name or number")
    parser.add_argument(
        "--day", metavar="DAY", help="the day of the contacts, such as 2026-11-30; today if not said"
    )
    parser.add_argument(
        "--export", type=int, metavar="N", help="write nothing new: give the files of this export"
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="where the list goes, a CSV file")
    parser.add_argument(
        "--changes", action="store_true", help="who was added and who taken back, in two files beside FILE"
    )
    parser.add_argument("--yes", action="store_true", help="needed where all contacts would be taken back")
    parser.add_argument("--by", default="", metavar="NAME", help="who does it; the system's user if not said")
    parser.set_defaults(
        run=_contacts,
        needs=CommandNeeds(
            (Deed.CAMPAIGN, Deed.EXPORT), ("plan", "campaigns"), whole=True, bare=True, signs=True
        ),
    )


def _contacts(args: argparse.Namespace) -> int:
    if args.changes and not args.to:
        raise BadInput("--changes gives files, and no place for them is said.", "Say --to FILE.")
    store = operational_store.ready(place(args))
    every = planned_campaigns(store)
    campaign = planned_campaign(every, args.campaign)
    if args.export is None:
        _write(args, store, campaign, every)
    found = opened(args)
    try:
        if args.to:
            _give(args, found, campaign)
        if sent := send_contacts(found, store, campaign):
            say(args, f"{sent:,} lines were sent to the webhook.")
    finally:
        found.close()
    return 0


def _write(
    args: argparse.Namespace,
    store: OperationalStore,
    campaign: PlannedCampaign,
    every: tuple[PlannedCampaign, ...],
) -> None:
    audience = next((each for each in audiences(store) if each.id == campaign.audience), None)
    if audience is None:
        raise BadRequest(
            f"The audience of “{campaign.name}” is not there any more: nobody can be added or taken back.",
            "End it, and plan another with an audience that there is. --export N gives the files of an export.",
        )
    found = opened(args)
    try:
        customers = audience_rows.members(found.arrays, audience.id)
    finally:
        found.close()
    rules = planned_rules(campaign, every, _day(args.day))
    messages = messages_of(campaign, campaign_content(store, campaign.id), rules.day)
    done = write_contacts(place(args), campaign, customers, rules, messages, args.by, args.yes)
    for sentence in _sentences(campaign, done):
        say(args, sentence)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError:
        raise BadInput(f"{text!r} is no day.", "Write it as 2026-11-30.") from None


def _sentences(campaign: PlannedCampaign, done: ContactExport) -> list[str]:
    how = f"export {done.number}" if done.is_new else "nothing new"
    told = [
        f"“{campaign.name}” ({campaign.id}), {how}: {done.added:,} added, {done.removed:,} taken back,"
        f" {done.unchanged:,} unchanged, {done.held_out:,} held out."
    ]
    for reason, many in done.left_out.items():
        words = REASON[reason].words if reason in REASON else f"left out: {reason}"
        told.append(f"{many:,} {words}.")
    return [*told, *done.notes]


def _give(args: argparse.Namespace, warehouse: Warehouse, campaign: PlannedCampaign) -> None:
    files = {args.to: contact_list}
    if args.changes:
        stem, ending = args.to.with_suffix(""), args.to.suffix or ENDING
        files = {
            stem.with_name(f"{stem.name}-added{ending}"): added_contacts,
            stem.with_name(f"{stem.name}-removed{ending}"): removed_contacts,
        }
    for file, rows_of in files.items():
        rows = rows_of(warehouse, campaign, args.export)
        exporting("contacts", thing("campaign", campaign.id), rows.height, warehouse.path)
        write_file(csv_bytes(rows), file)
        say(args, f"{rows.height:,} contacts are in {file}.")
