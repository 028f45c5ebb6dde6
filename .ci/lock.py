"""Bring ``uv.lock`` up to date without leaving any host's name in it.

uv writes the index's addresses into the lock file and looks for the same index when it updates. They are put back
for the update and taken out again after it; installs go by name, version and hash (see the Makefile), so they
follow whatever index the machine is set up to use.
"""

import re
import subprocess
import sys
from pathlib import Path

NOWHERE = "https://pypi.invalid"

uv, lock = sys.argv[1], Path("uv.lock")
lock.unlink(missing_ok=True)
subprocess.run([uv, "lock"], check=True)
text = lock.read_text(encoding="utf-8")
text = re.sub(r'(registry = ")https?://[^/"]+', rf"\1{NOWHERE}", text)
text = re.sub(r'(url = ")https?://[^/"]+', rf"\1{NOWHERE}", text)
lock.write_text(text, encoding="utf-8")
