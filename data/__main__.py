"""`python -m data`: load files, look at what there is, go back, back up, and keep customers' rights.

Made for cron: with --quiet nothing is said unless something is wrong; the exit code is 0 if all went well, 1 if a load
left a file out or a check found something wrong, 2 with a sentence if it could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cubes import cube_extension  # this command is where the two meet; no module of data/ knows cubes
from data import environment, operational_extension
from data.commands import (
    audit_commands,
    bring_commands,
    contact_commands,
    keep_commands,
    look_commands,
    people_commands,
    person_commands,
    portal_commands,
    price_commands,
    proposal_commands,
    propose_command,
    publish_command,
    service_commands,
    written_commands,
)
from data.commands.command_arguments import Parser
from data.commands.common_options import run_up_to_date
from data.errors import ClientelaError
from data.store import event_log, private_files, write_moments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = _parser().parse_args(arguments)
    cube_extension.register()
    operational_extension.register()
    private_files.for_good(getattr(args, "warehouse", None) or environment.warehouse())
    log = event_log.set_up(to_stderr=False)
    waiting = write_moments.WAIT_SECONDS.set(args.wait)
    try:
        environment.check()
        code = run_up_to_date(args)
        sys.stdout.flush()
    except ClientelaError as error:
        log.error("%s: %s", args.command, event_log.told(error))
        return _refused(str(error))
    except KeyboardInterrupt:
        print("Stopped; nothing was changed.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever was listening has heard enough; nor is there anybody to flush to at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        log.exception("%s", args.command)
        return _refused(
            f"Something went wrong ({event_log.where(error)}). Nothing was changed; tell whoever looks after Clientela."
        )
    finally:
        write_moments.WAIT_SECONDS.reset(waiting)
    log.info("%s: %s", args.command, "done" if code == 0 else "found something wrong")
    return code


def _refused(sentence: str) -> int:
    print(f"\n{sentence}" if sys.stderr.isatty() else sentence, file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m data", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for each in (
        bring_commands,
        propose_command,
        look_commands,
        keep_commands,
        publish_command,
        person_commands,
        people_commands,
        written_commands,
        contact_commands,
        portal_commands,
        price_commands,
        service_commands,
        proposal_commands,
        audit_commands,
    ):
        each.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
