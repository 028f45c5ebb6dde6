"""Step runner: does a site's steps on a page (clicks, waits, scrolls); one that fails says why, and the rest are left out."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Any

from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from patrol.directory.steps import Step
from spiders.browser.network_log import NetworkLog

MAX_SECONDS = 120.0
"""For all steps of one page together."""

_ARIA = re.compile(r"""^(?P<name>.*?)\s*(?:\[role=["']?(?P<role>[\w-]+)["']?\])?$""", re.S)
_ROLES = ("button", "link", "tab", "menuitem", "option", "checkbox", "radio", "textbox", "searchbox", "combobox")
_REMOVE = "nodes => nodes.forEach(node => node.remove())"
_SCROLL_TO = "(node, [x, y]) => node.scrollTo(x, y)"
_DOCUMENT = "document.scrollingElement || document.documentElement"
_KIND = "node => node.tagName.toLowerCase() + ' ' + (node.type || '')"

# The page itself, and boxes in it that scroll by themselves, moved on by four fifths of what they show.
_DOWN = """() => {
  const boxes = [document.scrollingElement || document.documentElement];
  let looked = 0;
  for (const box of document.querySelectorAll('div,ul,ol,section,main,tbody')) {
    if (++looked > 5000) break;
    if (box.scrollHeight > box.clientHeight + 50 && box.clientHeight > 150
        && /auto|scroll/.test(getComputedStyle(box).overflowY)) boxes.push(box);
  }
  let moved = false;
  for (const box of boxes) {
    const before = box.scrollTop, height = box === boxes[0] ? innerHeight : box.clientHeight;
    box.scrollTo({top: before + Math.max(100, height * 0.8), behavior: 'instant'});
    moved = moved || box.scrollTop > before + 1;
  }
  return moved;
}"""


@dataclass(frozen=True, slots=True)
class Ran:
    """``done``: the steps as written; ``failed``: which one did not work and why, in Chinese; "" when all did."""

    done: tuple[str, ...] = ()
    failed: str = ""


class StepFailed(Exception):
    """Why a step could not be done, in Chinese."""


async def run(page: Any, seen: NetworkLog, steps: tuple[Step, ...], most: float = MAX_SECONDS) -> Ran:
    """Do the steps in order, until one fails or the time is over."""
    done: list[str] = []
    step = None
    try:
        async with asyncio.timeout(most):
            for step in steps:
                await _do(page, seen, step)
                done.append(step.written)
    except TimeoutError:
        return Ran(tuple(done), _failed(step, f"全部操作超过 {most:g} 秒"))
    except StepFailed as failed:
        return Ran(tuple(done), _failed(step, str(failed)))
    except BrowserTimeout:
        return Ran(tuple(done), _failed(step, "元素在，但操作不了（被遮住、看不见或不可用）"))
    except BrowserError as error:
        return Ran(tuple(done), _failed(step, f"浏览器不能做（{error.message.splitlines()[0][:120]}）"))
    return Ran(tuple(done))


def _failed(step: Step | None, why: str) -> str:
    return f"操作“{step.written if step else ''}”没有做成：{why}"


async def _do(page: Any, seen: NetworkLog, step: Step) -> None:
    try:
        await _act(page, seen, step)
    except (StepFailed, BrowserTimeout):
        if not step.optional:
            raise
    if step.kind in ("click", "double_click", "fill", "key_down", "key_up", "navigate"):
        await seen.quiet(3)


async def _act(page: Any, seen: NetworkLog, step: Step) -> None:
    limit = step.seconds * 1000
    match step.kind:
        case "navigate":
            await page.goto(step.value, wait_until="domcontentloaded", timeout=15_000)
        case "click":
            await (await _found(page, step)).click(button=step.button, timeout=limit)
        case "double_click":
            await (await _found(page, step)).dblclick(timeout=limit)
        case "hover":
            await (await _found(page, step)).hover(timeout=limit)
        case "fill":
            await _fill(await _found(page, step), step.value, limit)
        case "key_down":
            await page.keyboard.down(step.value)
        case "key_up":
            await page.keyboard.up(step.value)
        case "viewport":
            await page.set_viewport_size({"width": step.place[0], "height": step.place[1]})
        case "scroll":
            await _scroll(page, seen, int(step.amount))
        case "scroll_to":
            await _scroll_to(page, step)
            await seen.quiet(1)
        case "wait_for":
            await _wait(page, step)
        case "wait_for_text":
            await _wait_for_text(page, step)
        case "remove":
            for chain in step.selectors:
                await _located(page, chain).evaluate_all(_REMOVE)
        case "pause":
            await asyncio.sleep(step.amount)


async def _fill(field: Any, value: str, limit: float) -> None:
    kind = str(await field.evaluate(_KIND))
    if kind.startswith("select"):
        await field.select_option(value, timeout=limit)
    elif kind in ("input checkbox", "input radio"):
        await field.set_checked(value.lower() in ("true", "on", "1"), timeout=limit)
    elif kind == "input password":
        raise StepFailed("这是填密码的地方；要登录的站点请用 patrol sites login 站点")
    else:
        await field.fill(value, timeout=limit)


async def _scroll(page: Any, seen: NetworkLog, screens: int) -> None:
    for _ in range(screens):
        moved = await move_down(page)
        await seen.quiet(1.5, 0.15)
        if not moved:
            await asyncio.sleep(0.3)


async def _scroll_to(page: Any, step: Step) -> None:
    if step.selectors:
        await (await _found(page, step)).evaluate(_SCROLL_TO, list(step.place))
    else:
        await page.evaluate(f"([x, y]) => ({_DOCUMENT}).scrollTo(x, y)", list(step.place))


async def _wait(page: Any, step: Step) -> None:
    """Until as many elements are there (and shown, or not) as the step says."""
    operator, wanted = step.count
    async for _ in _until(step.seconds):
        now = await _count(page, step)
        if now >= wanted if operator == ">=" else now <= wanted if operator == "<=" else now == wanted:
            return
    raise StepFailed(f"等了 {step.seconds:g} 秒，没有等到这个元素")


async def _count(page: Any, step: Step) -> int:
    root = _root(page, step)
    for chain in step.selectors if root is not None else ():
        with suppress(BrowserError):
            there = _located(root, chain)
            if number := int(await (there if step.visible is None else there.filter(visible=step.visible)).count()):
                return number
    return 0


async def _wait_for_text(page: Any, step: Step) -> None:
    async for _ in _until(step.seconds):
        for frame in page.frames[:20]:
            with suppress(BrowserError):
                if await frame.get_by_text(step.value).filter(visible=True).count():
                    return
    raise StepFailed(f"等了 {step.seconds:g} 秒，页面上没有出现“{step.value}”")


async def _found(page: Any, step: Step) -> Any:
    """The element of the first alternative that is there. Raises StepFailed when none comes in the step's time."""
    async for _ in _until(step.seconds):
        if (found := await first_of(page, step)) is not None:
            return found
    raise StepFailed("页面上没有这个元素")


async def first_of(page: Any, step: Step) -> Any:
    """Find the element now, one that is shown before one that is not; None when none is there."""
    root = _root(page, step)
    for chain in step.selectors if root is not None else ():
        with suppress(BrowserError):
            there = _located(root, chain)
            shown = there.filter(visible=True)
            if await shown.count():
                return shown.first
            if await there.count():
                return there.first
    return None


async def _until(seconds: float) -> Any:
    """Again and again, at least once, until the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        yield
        if loop.time() >= end:
            return
        await asyncio.sleep(0.1)


async def move_down(page: Any) -> bool:
    """Move one screen further; whether anything moved."""
    return bool(await page.evaluate(_DOWN))


def _root(page: Any, step: Step) -> Any:
    """The frame that a step is done in; None while it is not there."""
    frame = page.main_frame
    if step.target != "main":
        frame = next((f for f in page.frames if f.url.partition("#")[0] == step.target.partition("#")[0]), None)
    for number in step.frame:
        if frame is None or number >= len(frame.child_frames):
            return None
        frame = frame.child_frames[number]
    return frame


def _located(root: Any, chain: tuple[str, ...]) -> Any:
    return reduce(_one, chain, root)


def _one(scope: Any, selector: str) -> Any:
    """One selector of the recorder's as Playwright finds it; its CSS looks into open shadow trees, as ``pierce/`` asks."""
    head, slash, body = selector.partition("/")
    if slash and head == "aria":
        return _named(scope, body)
    if slash and head == "text":
        return scope.get_by_text(body)
    if slash and head == "xpath":
        return scope.locator(f"xpath={body}")
    return scope.locator(f"css={body if slash and head == 'pierce' else selector}")


def _named(scope: Any, body: str) -> Any:
    """By accessible name and, where it is given, role."""
    found = _ARIA.match(body)
    name, role = (found["name"], found["role"]) if found else (body, None)
    if role:
        return scope.get_by_role(role, name=name, exact=True) if name else scope.get_by_role(role)
    ways = [scope.get_by_role(way, name=name, exact=True) for way in _ROLES]
    ways += [
        scope.get_by_label(name, exact=True),
        scope.get_by_title(name, exact=True),
        scope.get_by_text(name, exact=True),
    ]
    return reduce(lambda one, other: one.or_(other), ways)
