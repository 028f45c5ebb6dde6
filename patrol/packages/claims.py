"""Claims of a package: say what it proves and what it does not, from its own stamps, so that nobody promises more.

A chain of digests alone shows that its parts agree; whoever holds all of it could make all of it anew. Only a stamp by
somebody else fixes a time before which it was there (民事诉讼证据规定 art. 93–94; 在线诉讼规则 art. 16–18).
"""

from __future__ import annotations

from patrol import clock
from patrol.packages.contents import PackageFacts, PatrolChain


def proves(facts: PackageFacts) -> list[str]:
    said = ["本包各文件、网页记录和证据链彼此一致，记录的先后顺序与证据链一致。"]
    for chain in facts.selection.chains:
        lines = facts.selection.lines(chain.patrol_id)
        stamps = [stamp for stamp in facts.stamps if stamp.patrol_id == chain.patrol_id and stamp.at]
        for stamp in stamps:
            covered = sum(line <= stamp.line for line in lines)
            at = clock.write_second(stamp.at) if stamp.at else ""
            said.append(
                f"第 {chain.patrol_id} 次巡查证据链第 1 至 {stamp.line} 行（含本包该次巡查 {len(lines)} 份快照中的 {covered} 份）"
                f"自 {at}（北京时间，{stamp.authority} 时间戳所载）起未被改动。"
            )
    return said


def does_not_prove(facts: PackageFacts) -> list[str]:
    bare = [str(chain.patrol_id) for chain in facts.selection.chains if _uncovered(facts, chain)]
    said = []
    if bare:
        said.append(
            f"第 {'、'.join(bare)} 次巡查有快照未被可信时间戳覆盖：其时间只来自本机时钟，只能证明与证据链一致，不能单凭本包排除整条证据链事后重做。"
        )
    return [
        *said,
        "时间戳所载时间以前的情况：取证时网页是否真实、应答的是否网站本身，须结合远程取证记录中的环境检查、域名解析、证书和取证步骤判断。",
        "侵权是否成立：比对结果由程序得出，是否侵权由执法人员依法认定。",
    ]


def _uncovered(facts: PackageFacts, chain: PatrolChain) -> bool:
    """Does a capture of this chain stand behind its last stamp?"""
    lines = facts.selection.lines(chain.patrol_id)
    stamped = [stamp.line for stamp in facts.stamps if stamp.patrol_id == chain.patrol_id and stamp.at]
    return max(lines, default=0) > max(stamped, default=0)
