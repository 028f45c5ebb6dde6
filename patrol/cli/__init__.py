"""The ``patrol`` command: one file a command group; Chinese help and messages, English names.

Never here: queries and rules of the trade; a command reads its arguments, calls one function of a room, and prints.
Start reading below: ``app`` shows every command and where it lives.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from patrol import __version__
from patrol.cli import (
    basics,
    campaigns,
    casework,
    complaints,
    demo,
    directory,
    evidence,
    evidence_export,
    feedback,
    import_,
    infringers,
    law,
    leads,
    notices,
    report,
    rescan,
    run,
    sites,
    works,
)
from patrol.cli.console import console, errors
from patrol.errors import PatrolError

app = typer.Typer(
    help="网络版权巡查：按重点目录巡查网站，固定证据，比对作品，给出线索报告。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command("init")(basics.init)
app.command("doctor")(basics.doctor)
app.command("match")(basics.match)
app.add_typer(works.works_app, name="works")
app.add_typer(directory.directory_app, name="directory")
app.add_typer(sites.sites_app, name="sites")
app.command("run")(run.run)
app.command("import")(import_.import_files)
app.command("rescan")(rescan.rescan)
app.add_typer(complaints.complaints_app, name="complaints")
app.add_typer(campaigns.campaigns_app, name="campaigns")
app.add_typer(feedback.feedback_app, name="feedback")
app.add_typer(leads.leads_app, name="leads")
casework.add_commands(leads.leads_app)
leads.leads_app.command("law")(law.show_law)
app.add_typer(infringers.infringers_app, name="infringers")
app.add_typer(notices.notices_app, name="notices")
app.command("verify")(evidence.verify)
app.add_typer(evidence.evidence_app, name="evidence")
evidence.evidence_app.command("review")(evidence_export.review)
evidence.evidence_app.command("export")(evidence_export.export)
evidence.evidence_app.command("prune")(evidence_export.prune)
evidence.evidence_app.command("custody")(evidence_export.custody)
app.command("report")(report.report)
app.command("demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"patrol {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", help="工作区所在的文件夹；不写则在当前目录及上级目录里找")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本")] = False,
) -> None:
    if workspace is not None:
        os.environ["PATROL_WORKSPACE"] = str(workspace)


def main() -> None:
    """Run a command; exit 0 (done), 1 (done, with something to look at), 2 (wrong use or input), 130 (interrupted)."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app()
    except PatrolError as error:
        errors.print(str(error), style="red", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        errors.print("已中断，已保存的内容不受影响。")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a person must get a sentence, a developer the trace
        errors.print(f"程序出错：{type(error).__name__}: {error}", style="red", markup=False)
        errors.print("这是程序的毛病，不是您的操作有误。请把下面的内容发给维护人员：")
        errors.print(traceback.format_exc(), markup=False, style="dim")
        sys.exit(2)
