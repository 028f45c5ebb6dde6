"""Case templates: lay out 案件线索登记表, and the papers of a referral to the police with their receipt."""

from __future__ import annotations

from reports.gb9704 import BLANK, YEARS, Paper
from reports.papers.parts import comparisons, evidence, references


def dossier() -> Paper:
    page = Paper()
    page.title("案件线索登记表")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.rows(
        (
            ("编号", "{{ number }}"),
            ("线索来源", "{{ source }}　专项行动：{{ campaign }}"),
            ("发现时间", "{{ found }}"),
            ("取证时间", "{{ captured }}"),
            ("平台名称", "{{ platform }}"),
            ("网址", "{{ url }}"),
            ("页面标题", "{{ title }}"),
            ("店铺或账号", "{{ seller }}"),
            ("主体信息", "{{ subject }}"),
            ("备案号", "{{ licences }}"),
            ("涉嫌侵权作品", "{{ work }}　作者：{{ authors }}"),
            ("权利人", "{{ holder }}"),
            ("登记号", "{{ registration }}"),
            ("授权情况", "{{ authorization }}"),
            ("涉嫌行为类型", "{{ act }}（{{ field }}）"),
            ("比对结论", "{{ conclusion }}"),
            ("情节", "{{ circumstances }}"),
            ("违法经营额", "{{ turnover }}"),
            ("公共利益损害情形", "{{ public_interest }}"),
            ("营利目的", "{{ profit }}"),
            ("合理嫌疑", "{{ suspicion }}"),
            ("线索等级", "{{ grade }}（{{ score }} 分）　办理状态：{{ status }}"),
            ("建议承办", "{{ department }}"),
        )
    )
    page.heading("一、初步研判")
    page.text("下列理由由程序给出，是否侵权由执法人员核实认定。")
    page.loop("line", "reasons")
    page.text("{{ loop.index }}．{{ line }}", size=14, line=24)
    page.end()
    page.text("承办人意见：")
    page.text("", indent=False)
    page.text("", indent=False)
    page.heading("二、法律对照")
    page.text("行为性质：{{ nature }}。", size=14, line=24)
    page.text("同一主体：{{ summed }}。", size=14, line=24)
    page.loop("line", "ties")
    page.text("· 关联依据：{{ line }}", size=14, line=24)
    page.end()
    page.when("amounts")
    page.text("同一主体历次合计：", size=14, line=24, keep=True)
    page.listed(
        "a", "amounts", ("项目", "合计", "算式"), ("{{ a.label }}", "{{ a.words }}", "{{ a.lines }}"), (28, 40, 88)
    )
    page.end_when()
    page.when("thresholds")
    page.text("数额标准（按行为日期适用，是否达到由办案机构核实）：", size=14, line=24, keep=True)
    page.listed(
        "t",
        "thresholds",
        ("规定", "对照", "出处"),
        ("{{ t.article }}", "{{ t.words }}", "{{ t.source }}"),
        (34, 78, 44),
    )
    page.end_when()
    page.when("combined")
    page.text("各达一半可合并计算：{{ combined }}。", size=14, line=24)
    page.end_when()
    page.when("clocks")
    page.text("期限：", size=14, line=24, keep=True)
    page.listed(
        "k", "clocks", ("期限", "规定", "情况"), ("{{ k.label }}", "{{ k.rule }}", "{{ k.words }}"), (36, 50, 70)
    )
    page.end_when()
    page.when("entered")
    page.text("承办人登记的事项：", size=14, line=24, keep=True)
    page.listed("f", "entered", ("事项", "内容"), ("{{ f.label }}", "{{ f.value }}"), (46, 110))
    page.end_when()
    page.loop("line", "suggestions")
    page.text("建议 {{ loop.index }}：{{ line }}", size=14, line=24)
    page.end()
    page.loop("line", "missing")
    page.text("尚缺 {{ loop.index }}：{{ line }}", size=14, line=24)
    page.end()
    page.text("{{ law_notice }}", size=14, line=24)
    page.heading("三、相似内容")
    page.when("not matches")
    page.text("没有可供比对的正文，依据见初步研判。")
    page.end_when()
    comparisons(page)
    page.heading("四、证据清单")
    evidence(page)
    page.text("时间戳和完整校验方法见证据包。", size=14, line=24)
    page.heading("五、办理记录")
    page.when("not events")
    page.text("尚无办理记录。")
    page.end_when()
    page.when("events")
    page.listed(
        "e",
        "events",
        ("时间", "办理人", "状态", "说明"),
        ("{{ e.at }}", "{{ e.who }}", "{{ e.status }}", "{{ e.reason }}"),
        (36, 28, 22, 70),
    )
    page.end_when()
    page.heading("六、依据")
    references(page)
    page.signatures((("经办人（签名）", 2), ("审核人（签名）", 1)))
    page.colophon()
    return page


def transfer() -> Paper:
    page = Paper()
    page.letterhead("{{ office }}", "涉嫌犯罪案件移送书", f"移送{YEARS}")
    page.text(f"{BLANK}公安局：", indent=False)
    page.text(
        "我单位在网络版权巡查中发现，{{ suspects }}涉嫌在{{ platforms }}以{{ acts }}等方式侵犯{{ works }}的著作权，"
        "涉及线索 {{ lead_count }} 条（{{ numbers }}）。经调查，认为存在犯罪的合理嫌疑，理由如下："
    )
    page.text("{{ suspicion }}")
    page.text("", indent=False)
    page.text("涉案数额：{{ sums }}。")
    page.text(
        "依据《行政执法机关移送涉嫌犯罪案件的规定》，现将本案移送你局，请审查并依照规定的期限书面告知是否立案。"
        "本单位已（未）作出行政处罚：——。"
    )
    page.text("附：1．涉嫌犯罪案件情况的调查报告")
    for line in ("2．涉案物品清单", "3．检验报告或者鉴定结论", "4．其他有关涉嫌犯罪的材料"):
        page.text(f"　　{line}")
    page.rows(
        (
            ("接到报告时间", "　　年　　月　　日　　时"),
            ("负责人决定", "批准移送（　）　不批准移送（　）　　　年　　月　　日　　时（接到报告之日起三日内）"),
            ("移送时间", "　　年　　月　　日　　时（决定之时起二十四小时内）"),
            ("专案人员", f"{BLANK}、{BLANK}（二名以上）"),
        )
    )
    page.seal("{{ office }}")
    page.text("联系人：＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿", indent=False)
    page.colophon()
    return page


def investigation() -> Paper:
    page = Paper()
    page.title("涉嫌犯罪案件情况的调查报告")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.heading("一、案件来源")
    page.text(
        "本案由网络版权巡查发现，首次发现时间 {{ first }}，最近发现时间 {{ last }}（北京时间），涉及线索 {{ lead_count }} 条。"
    )
    page.heading("二、涉嫌违法主体")
    page.text("店铺或账号：{{ suspects }}。平台：{{ platforms }}。{{ subject }}。联系方式：——。")
    page.heading("三、涉嫌违法事实")
    page.loop("lead", "leads")
    page.subheading("（{{ loop.index|chinese }}）{{ lead.work }}（{{ lead.number }}）")
    page.text(
        "{{ lead.found }}，在{{ lead.platform }}发现页面“{{ lead.title }}”，网址 {{ lead.url }}。权利人 {{ lead.holder }}，"
        "登记号 {{ lead.registration }}；{{ lead.authorization }}。{{ lead.conclusion }}。{{ lead.circumstances }}。"
        "行为性质：{{ lead.acts_in_law }}。营利目的：{{ lead.profit }}。违法经营额：{{ lead.turnover }}。"
    )
    page.end()
    page.heading("四、数额")
    page.text("本案线索{{ sums }}。")
    page.loop("p", "people")
    page.text("同一主体历次累计：{{ p.summed }}。{% if p.ties %}关联依据：{{ p.ties }}。{% endif %}")
    page.loop("a", "p.amounts")
    page.text("{{ a.label }}：{{ a.words }}。{{ a.lines }}", size=14, line=24)
    page.end()
    page.loop("line", "p.thresholds")
    page.text("· {{ line }}", size=14, line=24)
    page.end()
    page.when("p.combined")
    page.text("各达一半可合并计算：{{ p.combined }}。", size=14, line=24)
    page.end_when()
    page.end()
    page.heading("五、证据")
    page.text(
        "网页快照 {{ evidence|length }} 份，均先存证后比对，逐条计算 SHA-256 和 SM3 摘要并写入证据链，目录如下，原始记录见证据包。"
    )
    evidence(page)
    page.heading("六、合理嫌疑")
    page.text("{{ suspicion }}")
    page.text("需要公安机关采取措施进一步获取的证据：——")
    page.text("", indent=False)
    page.heading("七、依据和处理建议")
    references(page)
    page.text("处理建议：移送公安机关。")
    page.signatures((("调查人员（签名）", 2), ("负责人（签名）", 1)))
    page.colophon()
    return page


def goods() -> Paper:
    page = Paper()
    page.title("涉案物品清单")
    page.text("线索：{{ numbers }}", align="center", indent=False, size=14, line=24)
    page.listed(
        "g",
        "goods",
        ("序号", "名称", "数量", "标价", "特征及所在", "备注"),
        ("{{ g.number }}", "{{ g.name }}", "{{ g.quantity }}", "{{ g.value }}", "{{ g.features }}", "{{ g.note }}"),
        (13, 34, 22, 18, 42, 27),
    )
    page.note("以上按网页所示列出。扣押、登记保存的实物由承办人填入下表。")
    page.fixed_rows(
        ("序号", "名称", "数量", "单位", "特征", "存放地点"), [("",) * 6 for _ in range(5)], (13, 43, 20, 16, 40, 24)
    )
    page.signatures((("清点人（签名）", 2), ("当事人（签名）", 1), ("见证人（签名）", 1)))
    page.colophon()
    return page


def opinion() -> Paper:
    page = Paper()
    page.title("检验报告或者鉴定结论")
    page.heading("一、鉴定结论")
    page.text("（委托鉴定的，附鉴定机构出具的鉴定意见，并填写机构名称、文号、日期；未委托的写明原因）——")
    page.text("", indent=False)
    page.heading("二、程序比对情况说明")
    page.text(
        "以下由网络版权巡查程序比对得出，供检验、鉴定参考，不是鉴定意见。比对所用网页均在比对前存证；"
        "用同一版本的程序、同一版本的比对库和同一快照，可以重复得到同样的结果。"
    )
    page.when("not matches")
    page.text("本案线索没有正文比对结果。")
    page.end_when()
    comparisons(page)
    page.signatures((("经办人（签名）", 2), ("审核人（签名）", 1)))
    page.colophon()
    return page


def materials() -> Paper:
    page = Paper()
    page.title("其他有关涉嫌犯罪的材料目录")
    page.text("线索：{{ numbers }}", align="center", indent=False, size=14, line=24)
    rows = (
        ("案件线索登记表", "patrol report dossier 生成"),
        ("远程取证记录、电子数据审查说明", "证据包内"),
        ("网页快照（WARC、WACZ）、截图、摘要清单、时间戳", "证据包内，共 {{ evidence|length }} 份快照"),
        ("作品权属证明（登记证书、样本、署名页）", "作品 {{ work_count }} 部，由权利人提供"),
        ("授权情况说明", "由权利人提供"),
        ("平台协助调查的复函及数据", ""),
        ("询问笔录、现场检查记录", ""),
        ("行政处罚决定书等既往处理材料", ""),
        ("其他", ""),
    )
    page.fixed_rows(
        ("序号", "材料", "份数", "页数", "说明"),
        [(str(number), name, "", "", note) for number, (name, note) in enumerate(rows, 1)],
        (14, 66, 16, 16, 44),
    )
    page.signatures((("移交人（签名）", 2), ("接收人（签名）", 1)))
    page.colophon()
    return page


def receipt() -> Paper:
    page = Paper()
    page.title("涉嫌犯罪案件移送书（回执）")
    page.text("{{ office }}：", indent=False)
    page.text(f"你单位移送的涉嫌犯罪案件（移送{YEARS}，线索 {{{{ numbers }}}}）及下列材料已收到：")
    page.fixed_rows(
        ("材料", "收到（√）", "份数"),
        [
            (name, "", "")
            for name in ("移送书", "调查报告", "涉案物品清单", "检验报告或者鉴定结论", "其他有关涉嫌犯罪的材料")
        ],
        (96, 30, 30),
    )
    page.text("我局将自受理之日起三日内审查，并书面告知是否立案。")
    page.text(f"接收人：{BLANK}　　联系电话：{BLANK}")
    page.text("接收时间：　　年　　月　　日　　时")
    page.seal(f"{BLANK}公安局")
    page.colophon()
    return page
