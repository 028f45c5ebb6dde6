"""Summary templates: lay out 巡查日报, 专项行动总结, 宣传材料."""

from __future__ import annotations

from patrol.vocabulary import LeadColumn
from reports.gb9704 import Paper

_LISTED = (LeadColumn.NUMBER, LeadColumn.GRADE, LeadColumn.TITLE, LeadColumn.WORK, LeadColumn.KIND)


def daily() -> Paper:
    page = Paper()
    page.title("网络版权巡查日报")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.text("统计期间：{{ period }}", align="center", indent=False, size=14, line=24)
    page.heading("一、巡查情况")
    page.text(
        "巡查站点 {{ sites }} 家（{{ visits }} 家次），目标 {{ targets }} 个，取证页面 {{ captures }} 个，受保护作品 {{ works }} 部，"
        "发现疑似线索 {{ count }} 条（{{ by_grade }}）。筛选条件：{{ filter }}。"
    )
    page.when("count")
    for title, rows in (("比对结果", "by_kind"), ("领域", "by_field")):
        page.listed(
            "row",
            rows,
            (title, "线索", "甲级", "乙级", "丙级"),
            (
                "{{ row.name }}",
                "{{ row.leads }}",
                "{{ row.grade_a }}",
                "{{ row.grade_b }}",
                "{{ row.grade_c }}",
            ),
            (60, 24, 24, 24, 24),
        )
        page.text("", indent=False, size=8, line=8)
    page.end_when()
    page.heading("二、线索目录")
    page.text("线索由程序比对得出，仅供核查参考，是否侵权由执法人员核实认定。甲级最应先看。")
    page.when("count")
    page.listed(
        "lead",
        "leads",
        (*(head.label for head in _LISTED), f"{LeadColumn.PLATFORM.label}、{LeadColumn.SELLER.label}"),
        (
            "{{ lead.number }}",
            "{{ lead.grade }}",
            "{{ lead.title }}",
            "{{ lead.work }}",
            "{{ lead.act }}",
            "{{ lead.platform }}\n{{ lead.name }}",
        ),
        (30, 14, 36, 28, 22, 26),
    )
    page.end_when()
    page.when("left_out")
    page.text("另有 {{ left_out }} 条，见线索台账。")
    page.end_when()
    page.when("not count")
    page.text("本期间没有符合条件的疑似线索。")
    page.end_when()
    page.when("not_patrolled")
    page.heading("三、未能巡查的目标")
    page.listed(
        "run",
        "not_patrolled",
        ("目标", "站点", "原因"),
        ("{{ run.name }}", "{{ run.site }}", "{{ run.reason }}"),
        (50, 36, 70),
    )
    page.end_when()
    page.signatures((("核查人（签名）", 2), ("审核人（签名）", 1)))
    page.colophon()
    return page


def campaign() -> Paper:
    page = Paper()
    page.title("{{ name }}工作总结")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.text("统计期间：{{ period }}", align="center", indent=False, size=14, line=24)
    page.heading("一、总体情况")
    page.text("工作重点：{{ focus }}。")
    page.text("{{ overview }}")
    page.heading("二、上报数据")
    page.listed(
        "c",
        "columns",
        ("项目", "数值", "来源"),
        ("{{ c.name }}", "{{ c.value }}", "{{ c.source }}"),
        (60, 36, 60),
    )
    page.heading("三、进展和成效")
    page.loop("t", "tables")
    page.subheading("（{{ loop.index|chinese }}）{{ t.title }}")
    page.listed(
        "row",
        "t.rows",
        ("类别", "家次", "线索", "甲级", "已确认", "已通知", "已下架", "已移送", "已办结"),
        (
            "{{ row.name }}",
            "{{ row.visits }}",
            "{{ row.leads }}",
            "{{ row.grade_a }}",
            "{{ row.confirmed }}",
            "{{ row.notified }}",
            "{{ row.removed }}",
            "{{ row.referred }}",
            "{{ row.closed }}",
        ),
        (28, 16, 16, 16, 16, 16, 16, 16, 16),
    )
    page.end()
    page.text("一次巡查一个网站计一家次；一个网站的网页分属几个领域的，各领域都计，合计只计一次。", size=14, line=24)
    page.heading("四、多条线索的店铺、账号")
    page.text("按疑似同一主体归并，列有已确认线索的；是否反复侵权由执法人员核实。")
    page.when("not repeaters")
    page.text("本期间没有店铺或账号既有两条以上线索、又有已确认的。")
    page.end_when()
    page.when("repeaters")
    page.listed(
        "r",
        "repeaters",
        ("序号", "店铺或账号", "平台", "线索", "作品", "起止"),
        (
            "{{ r.number }}",
            "{{ r.seller }}",
            "{{ r.platform }}",
            "{{ r.leads }}",
            "{{ r.works }}",
            "{{ r.span }}",
        ),
        (14, 42, 30, 14, 14, 42),
    )
    page.end_when()
    page.when("repeaters_left_out")
    page.text("另有 {{ repeaters_left_out }} 个店铺、账号有两条以上线索，尚未确认或者未列，见本总结的表格文件。")
    page.end_when()
    page.heading("五、平台处理通知的情况")
    page.when("not responses")
    page.text("本期间没有登记发出的通知。")
    page.end_when()
    page.when("responses")
    page.listed(
        "r",
        "responses",
        ("平台", "通知", "下架", "处理时间中位数（小时）", "再次上架", "提示"),
        (
            "{{ r.platform }}",
            "{{ r.notices }}",
            "{{ r.removed }}",
            "{{ r.hours }}",
            "{{ r.relapses }}",
            "{{ r.flags }}",
        ),
        (34, 15, 15, 30, 18, 44),
    )
    page.end_when()
    page.heading("六、典型案例、问题和建议")
    page.text("（由承办人填写）——")
    page.text("", indent=False)
    page.signatures((("填表人（签名）", 1), ("审核人（签名）", 1)))
    page.colophon()
    return page


def publicity() -> Paper:
    page = Paper()
    page.title("网络版权保护工作宣传材料")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.note("本材料不写店铺、账号、个人和作品的名称与地址。发布前须经审核，只列已下架、已办结的案例。")
    page.heading("一、工作成效")
    page.text("{{ overview }}")
    page.when("by_field")
    page.listed(
        "row",
        "by_field",
        ("领域", "线索", "已确认", "已下架", "已移送"),
        (
            "{{ row.name }}",
            "{{ row.leads }}",
            "{{ row.confirmed }}",
            "{{ row.removed }}",
            "{{ row.referred }}",
        ),
        (60, 24, 24, 24, 24),
    )
    page.end_when()
    page.heading("二、典型案例")
    page.when("not cases")
    page.text("本期间没有已经核实的案例。")
    page.end_when()
    page.loop("c", "cases")
    page.subheading("（{{ loop.index|chinese }}）{{ c.title }}")
    page.text("{{ c.words }}")
    page.end()
    page.heading("三、提示")
    page.text("购买图书、剧本、音像制品和数字藏品，请选择正规渠道；发现盗版，可向版权管理部门投诉举报。举报电话：——。")
    page.seal("{{ office }}")
    page.colophon()
    return page
