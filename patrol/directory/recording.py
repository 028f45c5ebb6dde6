"""Browser recording: reads what the recorder in Chrome's developer tools exports (JSON) as steps.

Format: the ``UserFlow`` of Chrome's recorder: ``{"title": …, "steps": [{"type": "click", "selectors": [["aria/更多"],
["#more"]], …}]}``. Recordings may come from anybody: free JavaScript, passwords and unknown types are refused by name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from patrol.directory.steps import MAX_STEPS, USUAL_SECONDS, Step
from patrol.text.encodings import decode

MAX_BYTES = 512 * 1024
MAX_SECONDS = 15.0
MAX_SELECTORS = 20
MAX_CHARACTERS = 2_000
MAX_SIDE = 4_000
_REFUSED = {
    "waitForExpression": "会在页面里运行任意脚本，不能用；请改录“等待元素”（waitForElement）",
    "customStep": "是扩展程序自定的步骤，不能用；请删掉这一步",
    "close": "会关掉页面；请删掉这一步",
    "emulateNetworkConditions": "会改变网络状况；请删掉这一步",
}
_BUTTONS: dict[Any, Literal["left", "middle", "right"]] = {
    "primary": "left",
    "auxiliary": "middle",
    "secondary": "right",
}
_SECRET = re.compile(r"passw|passwd|\bpwd\b|密码|口令", re.I)


def read_recording(folder: Path, name: str) -> tuple[Step, ...]:
    """Read the steps of the recording ``name`` in a site's ``folder``. Raises ValueError with a Chinese sentence that
    names file and step."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"录制文件“{name}”要放在站点自己的文件夹里")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError:
        raise ValueError(f"没有录制文件“{name}”。在浏览器的“录制器”里导出为 JSON，放到 {folder.name}/{name}") from None
    if len(raw) > MAX_BYTES:
        raise ValueError(f"录制文件“{name}”太大，不像录制器导出的文件")
    try:
        value = json.loads(decode(raw, name))
    except (ValueError, RecursionError):
        value = None
    steps = value.get("steps") if isinstance(value, dict) else None
    if not isinstance(steps, list):
        raise ValueError(f"“{name}”不是录制器导出的 JSON。在“录制器”里点“导出”，选 JSON")
    if len(steps) > MAX_STEPS:
        raise ValueError(f"录制“{name}”有 {len(steps)} 步，最多 {MAX_STEPS} 步；请重录，只留必要的操作")
    usual = _seconds(value.get("timeout"), USUAL_SECONDS)
    found = [_step(step, f"录制“{name}”第 {number} 步", usual) for number, step in enumerate(steps, 1)]
    first = next((n for n, step in enumerate(found) if step.kind == "navigate"), None)
    # Where the recording began is each page that the steps are replayed on.
    return tuple(step for n, step in enumerate(found) if n != first)


def _step(raw: Any, place: str, usual: float) -> Step:
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str):
        raise ValueError(f"{place}没有类型（type）")
    place = f"{place} {kind[:40]}"
    if kind in _REFUSED:
        raise ValueError(f"{place}{_REFUSED[kind]}")
    shared: dict[str, Any] = {
        "written": place,
        "frame": _frame(raw.get("frame")),
        "target": str(raw.get("target") or "main")[:MAX_CHARACTERS],
        "seconds": _seconds(raw.get("timeout"), usual),
    }
    if kind == "setViewport":
        return Step("viewport", place, place=(_side(raw, "width", place), _side(raw, "height", place)))
    if kind == "navigate":
        url = raw.get("url")
        if not isinstance(url, str) or not re.match(r"https?://[^/\s]", url):
            raise ValueError(f"{place}的网址不是 http 或 https 网址")
        return Step("navigate", value=url[:MAX_CHARACTERS], **shared)
    if kind in ("keyDown", "keyUp"):
        key = raw.get("key")
        if not isinstance(key, str) or not 0 < len(key) <= 30:
            raise ValueError(f"{place}没有按键（key）")
        return Step("key_down" if kind == "keyDown" else "key_up", value=key, **shared)
    if kind == "scroll":
        selectors = _selectors(raw, place) if raw.get("selectors") else ()
        x, y = (int(n) if isinstance(n := raw.get(axis), (int, float)) and 0 <= n < 10**7 else 0 for axis in "xy")
        return Step("scroll_to", selectors=selectors, place=(x, y), **shared)
    if kind == "waitForElement":
        return _wait(raw, place, shared)
    selectors = _selectors(raw, place) if kind in ("click", "doubleClick", "hover", "change") else ()
    if kind == "click":
        return Step("click", selectors=selectors, button=_BUTTONS.get(raw.get("button"), "left"), **shared)
    if kind == "doubleClick":
        return Step("double_click", selectors=selectors, **shared)
    if kind == "hover":
        return Step("hover", selectors=selectors, **shared)
    if kind == "change":
        if any(_SECRET.search(part) for chain in selectors for part in chain):
            raise ValueError(f"{place}像是在填密码。录制里不要有密码；要登录的站点请用 patrol sites login 站点")
        return Step("fill", selectors=selectors, value=str(raw.get("value", ""))[:MAX_CHARACTERS], **shared)
    known = "navigate、click、doubleClick、change、keyDown、keyUp、scroll、hover、waitForElement、setViewport"
    raise ValueError(f"{place}：不认得这种步骤。可用：{known}")


def _wait(raw: dict[str, Any], place: str, shared: dict[str, Any]) -> Step:
    if raw.get("properties") or raw.get("attributes"):
        raise ValueError(f"{place}按属性等待，做不到；请改成只等元素出现")
    operator, number = raw.get("operator", ">="), raw.get("count", 1)
    if operator not in (">=", "==", "<=") or not isinstance(number, int) or not 0 <= number <= 10_000:
        raise ValueError(f"{place}的个数（operator、count）不对")
    visible = raw.get("visible")
    seen = visible if isinstance(visible, bool) else None
    return Step("wait_for", selectors=_selectors(raw, place), count=(operator, number), visible=seen, **shared)


def _selectors(raw: dict[str, Any], place: str) -> tuple[tuple[str, ...], ...]:
    """``["#a", ["#host", "#inside"]]`` or ``[["aria/更多"], …]`` as alternatives of chains."""
    written = raw.get("selectors")
    found = []
    for one in written[:MAX_SELECTORS] if isinstance(written, list) else ():
        chain = one if isinstance(one, list) else [one]
        if all(isinstance(part, str) and 0 < len(part) <= MAX_CHARACTERS for part in chain) and 0 < len(chain) <= 10:
            found.append(tuple(chain))
    if not found:
        raise ValueError(f"{place}没有选择器（selectors），不知道对哪个元素操作")
    return tuple(found)


def _frame(raw: Any) -> tuple[int, ...]:
    numbers = raw if isinstance(raw, list) else []
    return tuple(n for n in numbers[:10] if isinstance(n, int) and 0 <= n < 1000)


def _side(raw: dict[str, Any], side: str, place: str) -> int:
    value = raw.get(side)
    if not isinstance(value, (int, float)) or not 1 <= value <= MAX_SIDE:
        raise ValueError(f"{place}的 {side} 应当是 1 到 {MAX_SIDE} 的数字")
    return int(value)


def _seconds(raw: Any, usual: float) -> float:
    """Chrome writes milliseconds."""
    return min(MAX_SECONDS, raw / 1000) if isinstance(raw, (int, float)) and raw > 0 else usual
