"""Evidence packages as tests make and open them, and the bare system that they are checked on."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

from docx import Document

from patrol.config import Workspace
from patrol.evidence.chain import CHAIN_NAME, read_chain
from patrol.evidence.files import patrol_folder


def exported(run, workspace: Workspace, *leads: str, review: bool = True, options: tuple[str, ...] = ()) -> Path:
    """Export and unpack; the package's folder."""
    for number in leads if review else ():
        done = run("review", number, "--officers", "张三", "李四", "--reviewer", "王五")
        assert done.exit_code == 0, done.exception
    out = workspace.root / f"包{len(list(workspace.root.glob('*.zip')))}.zip"
    done = run("export", *leads, "--output", str(out), *options)
    assert done.exit_code == 0, done.exception
    assert hashlib.sha256(out.read_bytes()).hexdigest() in done.output
    with zipfile.ZipFile(out) as packed:
        packed.extractall(workspace.root / "解压")
    return workspace.root / "解压" / out.stem


def bare_shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the system's own programs only: no Python, no Patrol."""
    tools = folder.parent / "tools"
    if not tools.exists():
        tools.mkdir()
        for name in ("sha256sum", "openssl", "sed", "cut", "head", "tail", "find", "grep", "cmp", "sort", "tr", "sh"):  # fmt: skip
            tools.joinpath(name).symlink_to(f"/usr/bin/{name}")
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={"PATH": str(tools), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def stamp_head(workspace: Workspace, patrol_id: int, tmp_path: Path) -> None:
    """A token over the chain's head, named as stamping names it, by an authority of ``openssl``'s own."""
    folder = patrol_folder(workspace, patrol_id)
    entries = read_chain(folder / CHAIN_NAME).entries
    config = tmp_path / "tsa.cnf"
    config.write_text(
        "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n[tsa_ext]\nbasicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
        "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n[tsa]\ndefault_tsa=t\n"
        f"[t]\nserial={tmp_path}/serial\nsigner_cert={tmp_path}/s.pem\ncerts={tmp_path}/r.pem\nsigner_key={tmp_path}/s.key\n"
        "default_policy=1.2.3.4\ndigests=sha256\nsigner_digest=sha256\ness_cert_id_alg=sha256\n"
    )
    (tmp_path / "serial").write_text("01\n")

    def openssl(*words: str | Path) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", config)
    openssl(
        "req",
        "-x509",
        *made,
        "-keyout",
        tmp_path / "r.key",
        "-out",
        tmp_path / "r.pem",
        "-subj",
        "/CN=根",
        "-utf8",
        "-extensions",
        "ca",
    )
    openssl("req", *made, "-keyout", tmp_path / "s.key", "-out", tmp_path / "s.csr", "-subj", "/CN=TSA")
    openssl(
        "x509",
        "-req",
        "-in",
        tmp_path / "s.csr",
        "-CA",
        tmp_path / "r.pem",
        "-CAkey",
        tmp_path / "r.key",
        "-set_serial",
        "7",
        "-extfile",
        config,
        "-extensions",
        "tsa_ext",
        "-out",
        tmp_path / "s.pem",
    )
    stamps = folder / "stamps"
    stamps.mkdir()
    name = f"{entries[-1].number:06d}-tsa.example.cn"
    openssl("ts", "-query", "-digest", entries[-1].digest, "-sha256", "-cert", "-out", stamps / f"{name}.tsq")
    openssl("ts", "-reply", "-config", config, "-queryfile", stamps / f"{name}.tsq", "-out", stamps / f"{name}.tsr")
    (stamps / f"{name}.pem").write_bytes((tmp_path / "s.pem").read_bytes() + (tmp_path / "r.pem").read_bytes())


def words_of(path: Path) -> str:
    """All text of a Word file, its tables and headers too."""
    document = Document(str(path))
    body = [element.text or "" for element in document.element.body.iter() if element.tag.endswith("}t")]
    heads = [p.text for s in document.sections for h in (s.header, s.even_page_header) for p in h.paragraphs]
    return "\n".join(heads) + "\n" + "".join(body)
