"""Command table: names every command, the function that does it, and the line that says so in a list of commands.

A module stands here by name and is imported when its command is called, so that no command waits for another's libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """``function``: ``module:function`` below ``patrol.cli``; ``summary``: one line for the officer, without a full stop.
    ``negative_numbers``: an argument may begin with a minus sign and is no option then."""

    function: str
    summary: str
    negative_numbers: bool = False


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """Commands under one name, in the order in which an officer needs them."""

    summary: str
    entries: Mapping[str, CommandEntry]


Entry = CommandEntry | GroupEntry

_WORKS = {
    "import": CommandEntry("works:import_works", "导入受保护的作品或预警名单"),
    "authorize": CommandEntry("works:authorize", "导入授权：谁可以在哪里、什么时候使用哪部作品"),
    "list": CommandEntry("works:list_works", "列出受保护的作品"),
    "show": CommandEntry("works:show_work", "显示一部作品的登记信息、授权和开头文字"),
    "remove": CommandEntry("works:remove_work", "把一部作品移出作品库"),
}
_DIRECTORY = {
    "import": CommandEntry("directory:import_targets", "导入重点目录"),
    "list": CommandEntry("directory:list_directory", "列出重点目录"),
    "show": CommandEntry("directory:show_target", "显示一个目标的全部内容"),
}
_SITES = {
    "new": CommandEntry("sites_new:new", "看一看网站，写出一个可用的站点文件"),
    "try": CommandEntry("sites_try:try_site", "试读几页，列出每个字段读到了什么"),
    "keep": CommandEntry("sites_samples:keep", "把一个网页留作样本"),
    "confirm": CommandEntry("sites_samples:confirm", "确认样本里写的内容是对的"),
    "list": CommandEntry("sites:list_sites", "列出已有的站点文件"),
    "check": CommandEntry("sites:check", "检查站点文件的写法，并用样本核对每个字段"),
    "diff": CommandEntry("sites:diff", "把站点改版前后的两页并排对照"),
    "login": CommandEntry("sessions:login", "打开浏览器由您亲手登录，供以后巡查使用"),
    "session": CommandEntry("sessions:session", "导入在别处登录得到的登录状态"),
    "logout": CommandEntry("sessions:logout", "删掉存着的登录状态"),
    "schema": CommandEntry("sites:schema", "输出站点文件的 JSON Schema，供编辑器使用"),
}
_LEADS = {
    "list": CommandEntry("leads:list_leads", "列出线索，最该先看的在前"),
    "show": CommandEntry("leads:show_lead", "显示一条线索的依据、比对段落、证据和办理记录"),
    "set": CommandEntry("casework:set_status", "改办理状态"),
    "fact": CommandEntry("casework:enter_fact", "登记一项由人填写的情况"),
    "note": CommandEntry("casework:add_note", "在办理记录里记一笔，不改状态"),
    "journal": CommandEntry("casework:show_journal", "显示一条线索的全部办理记录"),
    "law": CommandEntry("law:show_law", "对照法律依据，指出还缺什么"),
    "export-ledger": CommandEntry("casework:export_ledger", "导出可以修改的台账（Excel）"),
    "import-ledger": CommandEntry("casework:import_ledger", "导入改好的台账"),
}
_COMPLAINTS = {
    "import": CommandEntry("complaints:import_complaints", "批量导入投诉举报，每个网址成为一个巡查目标"),
    "list": CommandEntry("complaints:list_complaints", "列出投诉举报和办理情况"),
    "show": CommandEntry("complaints:show_complaint", "显示一件投诉的陈述、材料、巡查结果和办理记录"),
    "answer": CommandEntry("complaints:answer", "生成对投诉的答复"),
}
_CAMPAIGNS = {
    "add": CommandEntry("campaigns:add", "新设一个专项行动"),
    "list": CommandEntry("campaigns:list_campaigns", "列出各专项行动和主要数字"),
    "show": CommandEntry("campaigns:show", "显示一个专项行动的总结数字"),
    "enter": CommandEntry("campaigns:enter", "填报程序统计不到的数字，例如收缴制品", negative_numbers=True),
}
_INFRINGERS = {
    "list": CommandEntry("infringers:list_infringers", "列出疑似侵权主体，有反复侵权迹象的在前"),
    "show": CommandEntry("infringers:show_infringer", "显示一个侵权主体的账号、关联依据和线索"),
    "chart": CommandEntry("infringers:draw_chart", "画出一个侵权主体的关联图"),
}
_NOTICES = {
    "draft": CommandEntry("notices:draft_notice", "为已确认的线索起草通知或函件"),
    "sent": CommandEntry("notices:sent", "登记通知已发出"),
    "event": CommandEntry("notices:event", "登记平台答复、反通知、恢复、公示等"),
    "list": CommandEntry("notices:list_notices", "列出全部通知和处理情况"),
    "show": CommandEntry("notices:show_notice", "显示一份通知的内容、缺项和经过"),
    "check": CommandEntry("notices:check", "按已有的取证快照复核通知"),
    "platforms": CommandEntry("notices:list_platforms", "各平台的处理情况，以及需要关注之处"),
    "safe-harbour": CommandEntry("notices:show_safe_harbour", "一个平台的避风港核对表"),
}
_EVIDENCE = {
    "stamp": CommandEntry("evidence:stamp", "给还没有时间戳的证据链加盖时间戳"),
    "review": CommandEntry("evidence_export:review", "登记两名执法人员对取证快照的审核"),
    "export": CommandEntry("evidence_export:export", "导出证据包（一个 ZIP，不用本程序即可核验）"),
    "prune": CommandEntry("evidence_export:prune", "清理没有形成线索的旧快照"),
    "custody": CommandEntry("evidence_export:custody", "显示证据流转记录"),
}
_FEEDBACK = {
    "export": CommandEntry("feedback:export", "导出已确认和已排除的线索的比对特征"),
    "calibrate": CommandEntry("feedback:calibrate_command", "检验“把握”准不准，并用本单位的结论校准"),
}

COMMANDS: Mapping[str, Entry] = {
    "init": CommandEntry("basics:init", "建一个工作区"),
    "doctor": CommandEntry("basics:doctor", "检查运行环境是否齐备"),
    "works": GroupEntry("作品：导入、查看受保护的作品和授权", _WORKS),
    "directory": GroupEntry("重点目录：导入、查看要巡查的目标", _DIRECTORY),
    "sites": GroupEntry("站点：新建、试读、留样本、检查站点文件", _SITES),
    "run": CommandEntry("run:run", "巡查重点目录里到期的目标，上次中断的接着做"),
    "import": CommandEntry("import_:import_files", "导入手工保存的网页和平台导出的表格"),
    "rescan": CommandEntry("rescan:rescan", "把新受保护的作品与以前取证的网页比对"),
    "match": CommandEntry("basics:match", "拿一段文字与作品库比对"),
    "leads": GroupEntry("线索：查看、办理巡查发现的疑似侵权线索", _LEADS),
    "infringers": GroupEntry("反复侵权：归在一起的疑似同一主体的卖家和账号", _INFRINGERS),
    "notices": GroupEntry("通知与避风港：起草、登记发出、复查下架、平台处理情况", _NOTICES),
    "complaints": GroupEntry("投诉举报：批量导入、查看、答复", _COMPLAINTS),
    "campaigns": GroupEntry("专项行动：设定、查看进度，填报程序统计不到的数字", _CAMPAIGNS),
    "verify": CommandEntry("evidence:verify", "核验证据：只凭文件重新计算，指明哪里不一致"),
    "evidence": GroupEntry("证据：加盖时间戳、审核、导出、清理、流转记录", _EVIDENCE),
    "report": CommandEntry("report:report", "出报告、登记表、文书和台账"),
    "feedback": GroupEntry("反馈：用已确认和已排除的线索检验并校准比对的把握", _FEEDBACK),
    "demo": CommandEntry("demo:demo", "在本机演示全过程"),
}
