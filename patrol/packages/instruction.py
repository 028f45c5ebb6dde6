"""Instruction (验证说明.txt): tells anybody on one page how to check the package, and what that proves.

Lines that begin with ``$`` are commands to be run as they stand; a test does.
"""

from __future__ import annotations

from pathlib import Path

from patrol import clock
from patrol.packages.claims import does_not_prove, proves
from patrol.packages.contents import PackageFacts

DRAFT = "草稿（未经审核）"
SCRIPT = Path(__file__).with_name("verify.sh")

_TEXT = """\
{draft}证据包验证说明
{office}　{made}

本包不需要任何专用程序即可核验，不需要联网。在 Linux 系统（或 Windows 的 WSL、Git Bash）中打开终端，
进入解压后的文件夹，依次运行下面各行（$ 以后的部分）。没有提示“不符”“FAILED”即为相符。

1. 清单的摘要，须与书面封面（封面.txt，由执法人员签名）所印的一致：以下各步和 verify.sh 本身都由它固定
$ sha256sum SHA256SUMS
2. 各文件的摘要（SHA-256）
$ sha256sum -c SHA256SUMS
3. 各文件的国密摘要（SM3），相符时没有输出
$ while read -r d f; do [ "$(openssl dgst -sm3 -r < "./${{f#?}}" | cut -c1-64)" = "$d" ] || echo "不符 $f"; done < SM3SUMS
4. 可信时间戳{stamped}
{stamp_commands}5. 以上各项连同证据链、流转记录是否逐行相接、每条记录是否与链上摘要一致，一次做完（可用记事本查看做法）
$ sh verify.sh
本包应有：巡查 {patrols} 次，网页记录 {records} 条，时间戳 {stamps} 个。退出码 0 相符，1 有不符，2 未核验（缺工具等）。
装有网络版权巡查程序的，也可用 patrol verify 加本包的文件名核验，两者互不依赖。

包内各物
  远程取证记录.docx、电子数据审查说明.docx　　　由执法人员签名
  比对/　　　　　线索页面与作品的逐段对照（用浏览器打开）
  evidence/巡查号/*.warc.gz　网页原始记录（WARC，逐字节取自证据库）；records.tsv 记其位置、摘要和链上行号
  evidence/巡查号/chain.txt　证据链，从第一行到链头；evidence/巡查号/stamps　时间戳及其证书
  evidence/custody.txt　证据流转记录，末条记有清单的摘要；screenshots/　网页截图（如有）
  archive.wacz　　用 ReplayWeb.page 或 pywb 打开，可离线重现网页
证据链每行前 64 个字符是其后内容（不含那个空格和换行）的 SHA-256 摘要，内容中的 prev 是上一行的摘要。

能证明什么
{proves}
不能证明什么
{does_not_prove}
注意：网页原始记录和截图含有未遮盖的个人信息，只供办案使用，请依法保管，不得公开。
"""


def instruction(facts: PackageFacts) -> str:
    """Write the page, for this package."""
    commands = [
        f"$ openssl ts -verify -digest {stamp.imprint} -in {stamp.token} -CAfile {stamp.authorities}\n"
        for stamp in facts.stamps
    ]
    stamped = "，应显示 Verification: OK（根证书须与时间戳机构公布的一致）" if commands else "：本包没有时间戳"
    return _TEXT.format(
        draft=f"{DRAFT}\n" if facts.draft else "",
        office=facts.office,
        made=clock.write_second(facts.made_at),
        stamped=stamped,
        patrols=len(facts.selection.chains),
        records=facts.records,
        stamps=len(facts.stamps),
        stamp_commands="".join(commands),
        proves="".join(f"  · {line}\n" for line in proves(facts)).rstrip("\n"),
        does_not_prove="".join(f"  · {line}\n" for line in does_not_prove(facts)).rstrip("\n"),
    )
