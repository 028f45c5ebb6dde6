"""Command line: runs ``patrol`` as ``python -m patrol``."""

from patrol.cli import main

main()
