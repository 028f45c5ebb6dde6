"""Run one patrol in a process of its own and print its outcome as JSON: what ``patrol run --json`` does, alone."""

from __future__ import annotations

import json
import sys

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol


def main() -> None:
    workspace = Workspace.find()
    database = Database(workspace.database_url)
    try:
        outcome = run_patrol(workspace, database, Wanted())
        said = {
            "status": outcome.status.value,
            "resumed": outcome.resumed,
            "interrupted": outcome.interrupted_by_user,
            "error": outcome.error,
        }
    except PatrolError as error:
        said = {"refused": str(error)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
