"""What somebody may do to a package: edits by chance, plain ones and those of a forger who makes lists and cover anew."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

from patrol.packages.cover import cover

MARK = "executed"
OUTSIDE = {"SHA256SUMS", "封面.txt", "evidence/custody.txt"}
HOSTILE = (
    f"1e touch {MARK}", f"a[$(touch {MARK})]", f"$(touch {MARK})", f"`touch {MARK}`", f"1;touch {MARK}", f"-out {MARK}",
    f"-out={MARK}", "../../x.warc.gz", "-n", "--help", "0x10", "010", "1e3", "99999999999999999999", "-1", "1 -o 1", "",
    "*", "\x1b[2J", "/etc/passwd", "a\\nb", "1w executed",
)  # fmt: skip


def files(package: Path) -> list[str]:
    return sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())


def chained(bodies: list[bytes]) -> bytes:
    """A chain of these bodies, each carrying its number and the digest before, as a forger makes it."""
    last, lines = "0" * 64, []
    for number, body in enumerate(bodies, start=1):
        body = re.sub(rb'^\{"n":[0-9]+,"prev":"[^"]*"', f'{{"n":{number},"prev":"{last}"'.encode(), body)
        last = hashlib.sha256(body).hexdigest()
        lines.append(last.encode() + b" " + body + b"\n")
    return b"".join(lines)


def bodies(path: Path) -> list[bytes]:
    return [line[65:] for line in path.read_bytes().splitlines()]


def reseal(package: Path) -> None:
    """Lists, last line of the custody record and cover made anew over whatever is there now."""
    names = [name for name in files(package) if name not in OUTSIDE and name != "SM3SUMS"]
    lines = [f"{hashlib.new('sm3', (package / name).read_bytes()).hexdigest()} *{name}\n" for name in names]
    (package / "SM3SUMS").write_text("".join(lines), encoding="utf-8")
    names = sorted([*names, "SM3SUMS"])
    lines = [f"{hashlib.sha256((package / name).read_bytes()).hexdigest()} *{name}\n" for name in names]
    (package / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    manifest = hashlib.sha256((package / "SHA256SUMS").read_bytes()).hexdigest()
    counts = {
        "patrols": sum(name.endswith("/chain.txt") for name in names),
        "records": sum((package / n).read_bytes().count(b"\n") for n in names if n.endswith("/records.tsv")),
        "stamps": sum(name.endswith(".tsr") for name in names),
    }
    custody = package / "evidence" / "custody.txt"
    kept = bodies(custody) if custody.exists() else []
    if not kept:
        return
    facts = json.dumps({"manifest": manifest, **counts}, separators=(",", ":")).encode()
    kept[-1] = re.sub(rb',"facts":.*', b"", kept[-1]).removesuffix(b"}") + b',"facts":' + facts + b"}"
    custody.write_bytes(chained(kept))
    last = custody.read_bytes().splitlines()[-1]
    (package / "封面.txt").write_bytes(cover(manifest, last, len(kept), **counts))


# -- plain edits: each changes one file somehow ------------------------------------------------------------------------


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def cut(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: -chance.choice((1, 1, 2, 30))])


def append(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + chance.choice((b"\n", b"x", b"\0", path.read_bytes())))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def remove(path: Path, chance: random.Random) -> None:
    path.unlink()


def drop_line(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1] if chance.random() < 0.5 else lines[1:]))


def double_line(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, chance.choice(lines)]))


def put_hostile(path: Path, chance: random.Random) -> None:
    """One field of a line of a table or list."""
    lines = path.read_bytes().splitlines()
    place = chance.randrange(len(lines))
    parts = re.split(rb"([\t *]+)", lines[place])
    parts[chance.randrange(0, len(parts), 2)] = chance.choice(HOSTILE).encode()
    lines[place] = b"".join(parts)
    path.write_bytes(b"\n".join(lines) + b"\n")


def link(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


Edit = Callable[[Path, random.Random], None]
EDITS: tuple[Edit, ...] = (
    flip,
    flip,
    flip,
    cut,
    append,
    empty,
    remove,
    drop_line,
    double_line,
    put_hostile,
    put_hostile,
    link,
)


def edit(package: Path, chance: random.Random) -> tuple[str, bool]:
    """Do one; what it was, and whether it must be found (plain edits always; those of a forger, in what the chains know)."""
    name = chance.choice(files(package))
    if chance.random() < 0.5:  # the small files that are read as text are the ones that can be misread
        name = chance.choice([n for n in files(package) if re.search(r"SUMS$|\.(tsv|pem|tsr)$|custody|chain", n)])
    forged = name not in OUTSIDE and name != "SM3SUMS" and chance.random() < 0.6
    if forged and chance.random() < 0.25:
        return _forge(package, chance)
    how = chance.choice(EDITS)
    before = (package / name).read_bytes()
    how(package / name, chance)
    if forged and not (package / name).is_symlink():
        reseal(package)
    same = (package / name).is_file() and (package / name).read_bytes() == before
    known = bool(re.search(r"chain\.txt$|\.warc\.gz$|records\.tsv$|\.tsr$|\.pem$", name))
    # A stamp that is gone, and a certificate or token changed where nothing signs it: openssl decides, both must agree.
    loose = name.endswith((".pem", ".tsr"))
    return f"{how.__name__} {name}{' 重列' if forged else ''}", not same and (not forged or (known and not loose))


def _forge(package: Path, chance: random.Random) -> tuple[str, bool]:
    chain = chance.choice(sorted(package.glob("evidence/*/chain.txt")))
    custody = package / "evidence" / "custody.txt"
    folder = chain.parent
    kind = chance.choice(("rechain", "stamps", "evidence", "records", "custody", "token", "name", "sm3"))
    if kind == "rechain":
        kept = bodies(chain)
        kept[1] = kept[1].replace(b'"at":"2', b'"at":"1', 1)
        chain.write_bytes(chained(kept))
    elif kind == "stamps":
        for path in (folder / "stamps").iterdir():
            path.unlink()
    elif kind == "evidence":
        for path in folder.rglob("*.*"):
            path.unlink()
    elif kind == "records":
        (folder / "records.tsv").write_bytes(b"")
    elif kind == "custody":
        custody.write_bytes(chained(bodies(custody)[-1:]))
    elif kind == "token":
        (token,) = (folder / "stamps").glob("*.tsr")
        for path in [token, token.with_suffix(".pem")]:
            path.rename(path.with_name(f"000001-{path.name[7:]}"))
    elif kind == "name":
        (token,) = (folder / "stamps").glob("*.tsr")
        bad = chance.choice([text for text in HOSTILE if text and "/" not in text])
        token.rename(token.with_name(f"{bad}-x.tsr"))
    reseal(package)
    if kind == "sm3":
        listed = (package / "SM3SUMS").read_bytes()
        (package / "SM3SUMS").write_bytes(listed + f"{'0' * 64} *-out{MARK}\n".encode())
        return kind, True
    return kind, kind not in ("stamps", "custody")
