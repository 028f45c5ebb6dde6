"""Letter templates: lay out 权利人通知, 责令改正通知书, 协助调查函, 投诉举报答复书."""

from __future__ import annotations

from reports.gb9704 import YEARS, Paper
from reports.papers.parts import drafting, evidence


def holder_notice() -> Paper:
    page = Paper()
    page.title("要求删除侵权内容、断开链接的通知书")
    page.note("本通知由权利人签名或者盖章并自行发出，版权管理部门只提供巡查所见的线索和草稿。")
    page.text("{{ to }}：", indent=False)
    page.text("依据{{ basis }}，现就你平台上侵犯我方信息网络传播权的内容通知如下。")
    page.heading("一、权利人")
    page.rows(
        (
            ("姓名（名称）", "{{ holder }}"),
            ("联系方式", "{{ holder_contact }}"),
            ("地址", "{{ holder_address }}"),
            ("委托代理人", "——"),
        )
    )
    page.heading("二、要求删除或断开链接的作品名称和网络地址")
    page.listed(
        "lead",
        "leads",
        ("序号", "作品", "网络地址", "店铺或账号"),
        ("{{ lead.index }}", "{{ lead.work }}", "{{ lead.url }}", "{{ lead.name }}"),
        (13, 39, 70, 34),
    )
    page.heading("三、构成侵权的初步证明材料")
    page.loop("lead", "leads")
    page.text("{{ lead.index }}．{{ lead.work }}：登记号 {{ lead.registration }}。{{ lead.conclusion }}。")
    page.end()
    page.text("权属证明：（登记证书、样本、署名页等，由权利人附后）——。网页快照摘要：")
    evidence(page)
    page.heading("四、要求")
    demands(page)
    page.text("请将处理结果告知我方。")
    page.seal("{{ holder }}", word="（权利人签名或者盖章）")
    drafting(page)
    return page


def rectify() -> Paper:
    page = Paper()
    page.letterhead("{{ office }}", "责令改正通知书", "{{ number }}")
    page.text("{{ to }}：", indent=False)
    page.text(
        "经查，你单位（你）在下列网络地址传播{{ works }}，涉嫌未经著作权人许可，且同时损害公共利益（情形：{{ public_interest }}）。"
        "首次发现时间 {{ first }}，涉及内容 {{ count }} 处："
    )
    page.listed(
        "lead",
        "leads",
        ("序号", "作品", "网络地址", "店铺或账号", "发现情况"),
        ("{{ lead.index }}", "{{ lead.work }}", "{{ lead.url }}", "{{ lead.name }}", "{{ lead.conclusion }}"),
        (13, 32, 51, 26, 34),
    )
    page.text("依据{{ basis }}，现责令你单位（你）：")
    demands(page)
    page.text("其他：——。")
    page.text(
        "逾期不改正的，依法处理。你单位（你）有权陈述、申辩；认为内容合法的，请在上述期限内提交授权材料或者合法来源。"
    )
    page.seal("{{ office }}")
    page.text("执法人员：{{ officers }}", indent=False)
    page.text("签名：＿＿＿＿＿＿　执法证号：＿＿＿＿＿＿", indent=False)
    page.text("签名：＿＿＿＿＿＿　执法证号：＿＿＿＿＿＿", indent=False)
    page.text("受送达人（签名）：＿＿＿＿＿＿　　　年　　月　　日", indent=False)
    drafting(page)
    return page


def assist() -> Paper:
    page = Paper()
    page.letterhead("{{ office }}", "协助调查函", "{{ number }}")
    page.text("{{ to }}：", indent=False)
    page.text(
        "我单位在查处涉嫌侵犯{{ works }}著作权的案件中，发现你平台下列账号涉嫌提供侵权内容。依据{{ basis }}，请予协助："
    )
    page.listed(
        "a",
        "accounts",
        ("序号", "店铺或账号", "地址"),
        ("{{ a.number }}", "{{ a.name }}", "{{ a.address }}"),
        (14, 52, 90),
    )
    page.heading("一、请提供的资料")
    demands(page)
    page.text("其他：——。")
    page.heading("二、涉及的内容")
    page.listed(
        "lead",
        "leads",
        ("序号", "作品", "网络地址", "线索编号"),
        ("{{ lead.index }}", "{{ lead.work }}", "{{ lead.url }}", "{{ lead.number }}"),
        (13, 39, 70, 34),
    )
    page.text(
        "请于收到本函之日起＿＿＿日内书面回复并加盖印章，电子数据请附摘要值。所提供的信息仅用于案件查处，我单位依法保密。"
    )
    page.seal("{{ office }}")
    page.text("经办人：{{ officers }}　　联系电话：＿＿＿＿＿＿", indent=False)
    drafting(page)
    return page


def demands(page: Paper) -> None:
    page.loop("line", "demands")
    page.text("{{ loop.index }}．{{ line }}")
    page.end()


def answer() -> Paper:
    page = Paper()
    page.letterhead("{{ office }}", "投诉举报答复书", f"答复{YEARS}")
    page.text("{{ to }}：", indent=False)
    page.text("你（单位）提出的投诉举报共 {{ count }} 件收悉，办理情况为：{{ counted }}。现答复如下：")
    page.heading("一、核查情况")
    page.listed(
        "row",
        "rows",
        ("序号", "投诉", "反映的事项", "核查情况"),
        (
            "{{ row.index }}",
            "{{ row.number }}\n{{ row.filed }}",
            "{{ row.work }}\n{{ row.url }}\n{{ row.matter }}",
            "{{ row.said }}\n{{ row.leads }}",
        ),
        (13, 30, 58, 55),
    )
    page.text("以上为网络巡查和自动比对的结果，供核查参考，不构成侵权认定；是否侵权由执法人员依法核实后认定。")
    page.when("missing")
    page.text("为便于办理，请补充：{{ missing }}。")
    page.end_when()
    page.heading("二、处理情况")
    page.text("（由承办人写明：是否受理、采取的措施、移送的部门、不予受理的理由和救济途径）——")
    page.seal("{{ office }}")
    page.text("联系人：＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿", indent=False)
    drafting(page, rules=False)
    return page
