"""Proposals: choose what goes into the draft: the rule for a list's items, and those for fields that nothing else gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patrol.directory import Rule
from patrol.directory.site_draft import DraftField
from patrol.items import Extracted
from patrol.vocabulary import PageKind
from spiders.reading.extract import CompiledRule
from spiders.reading.page import Page
from spiders.url_expansion import canonical
from spiders.wizard import fields
from spiders.wizard.selectors import selectors
from spiders.wizard.shapes import Group, fits, groups


def items_rule(group: Group, lists: list[Page]) -> str:
    """Find the shortest rule that gives a list's items and nothing of another shape, on every list seen."""
    wanted: list[tuple[Page, frozenset[str]]] = []
    for page in lists:
        same = [one for one in groups(page) if one.shape == group.shape or one.signature == group.signature]
        if same:
            like = max(same, key=lambda one: (one.shape == group.shape) + (one.signature == group.signature))
            wanted.append((page, like.urls))
    best: tuple[float, str] | None = None
    for number, rule in enumerate(_candidates(group)):
        try:
            run = CompiledRule(Rule.parse(rule))
        except ValueError:
            continue
        recall = precision = 0.0
        for page, urls in wanted:
            given = {canonical(page.absolute(text)) for text in run(page)}
            good = {
                url for url in given if url in urls or ("w" not in group.shape.split("/") and fits(url, group.shape))
            }
            recall += len(urls & given) / len(urls) / len(wanted)
            precision += (len(good) / len(given) if given else 0.0) / len(wanted)
        mark = recall + 1.5 * precision - fields.cost(rule) - 0.0005 * number
        if recall >= 0.9 and precision >= 0.95 and (best is None or mark > best[0]):
            best = mark, rule
    return best[1] if best else ""


def _candidates(group: Group) -> list[str]:
    found: dict[str, None] = {}
    for link in (group.links[0], group.links[len(group.links) // 2], group.links[-1]):
        found |= dict.fromkeys(f"{selector}@href" for selector in selectors(link.node) if ":nth" not in selector)
    tests = _address_tests(group)
    if tests:
        whole = f"a{''.join(tests)}"
        found |= dict.fromkeys((f"{whole}@href", f"main {whole}@href"))
        found |= dict.fromkeys(
            f"{rule.removesuffix('@href')}{''.join(tests)}@href" for rule in list(found)[:30] if rule.endswith("a@href")
        )
    return list(found)


def _address_tests(group: Group) -> list[str]:
    """What all the group's addresses, as they are written, have and others may not: ``[href*="/item/"]``."""
    hrefs = [link.node.get("href") or "" for link in group.links]
    path, _, query = group.shape.partition("?")
    runs = [run for run in re.split(r"(?<=/)w(?=[/.]|$)|0", path) if len(run) >= 3]
    pieces = [piece for run in sorted(runs, key=len, reverse=True) for piece in (run, run.lstrip("/"))]
    pairs = [
        pair if re.fullmatch(r"\w+=[a-z]+", pair) else pair.partition("=")[0] + "=" for pair in query.split("&") if pair
    ]
    kept = [piece for piece in pieces if len(piece) >= 3 and all(piece in href for href in hrefs)][:1]
    kept += [pair for pair in pairs if all(pair in href for href in hrefs)][:2]
    return [f'[href*="{piece}"]' for piece in kept if '"' not in piece]


def given(read: list[Extracted], name: str) -> bool:
    """Tell whether the fallbacks give a field on most pages."""
    return sum(1 for one in read if getattr(one, name)) >= 0.8 * len(read)


def proposals(items: list[Page], words: list[str], read: list[Extracted], kind: PageKind) -> dict[str, DraftField]:
    made: dict[str, DraftField] = {}
    for name in ("title", "text", "author", "seller", "seller_url", "price", "sales", "views", "published"):
        sources = [dict(one.rules).get(name, "") for one in read]
        if given(read, name):
            shown = next(str(getattr(one, name)) for one in read if getattr(one, name))
            made[name] = DraftField(shown=shown, source=max(sources, key=sources.count))

    def propose(name: str, proposal: fields.Proposal | None) -> None:
        if proposal is not None:
            made[name] = DraftField(rule=proposal.rule, shown=proposal.shown)

    if not _titles_right(read, words):
        propose("title", fields.title(items, words))
    machine = made.get("text", DraftField()).source
    if not machine.startswith(("JSON-LD", "微数据")):
        propose("text", fields.text(items, [one.text for one in read], kind))
    if kind in (PageKind.LISTING, PageKind.POST, PageKind.VIDEO, PageKind.SHARE, PageKind.COLLECTIBLE):
        if "seller" not in made or made["seller"].source.endswith("brand.name"):
            proposal = fields.person(items, "seller")
            if proposal is None and kind in (PageKind.POST, PageKind.VIDEO, PageKind.SHARE) and "author" not in made:
                proposal = fields.person(items, "author")
            propose("seller", proposal)
        rule = made.get("seller", DraftField()).rule
        if rule and "seller_url" not in made and (address := fields.link_of(rule, items)):
            made["seller_url"] = DraftField(rule=address)
    if kind in (PageKind.ARTICLE, PageKind.LISTING) and "author" not in made:
        propose("author", fields.person(items, "author", hints=kind is PageKind.ARTICLE))
    if kind is PageKind.LISTING:
        propose("sales", fields.count(items, "sales"))
    if kind in (PageKind.VIDEO, PageKind.POST, PageKind.ARTICLE) and "views" not in made:
        propose("views", fields.count(items, "views"))
    if "published" not in made:
        propose("published", fields.published(items, named=kind is PageKind.LISTING))
    return made


def _titles_right(read: list[Extracted], words: list[str]) -> bool:
    """Whether the titles that the fallbacks give are those of the links, on most pages where a link had any."""
    pairs = [
        (re.sub(r"\s+", "", one.title), re.sub(r"\s+", "", said).rstrip(".…"))
        for one, said in zip(read, words, strict=True)
    ]
    right = sum(
        1
        for title, said in pairs
        if title and (not said or title == said or (title.startswith(said[:40]) and len(said) > 12))
    )
    return right >= 0.6 * len(pairs) and len({title for title, _ in pairs}) > len(pairs) // 2


def folded(starts: Sequence[str]) -> list[str]:
    """Fold addresses that differ by a running number only into one with a range."""
    if len(starts) < 3 or any("{" in start for start in starts):
        return list(starts)
    split = [re.fullmatch(r"(.*?)(\d+)(\D*)", start) for start in starts]
    if all(split):
        heads = {(part[1], part[3]) for part in split if part}
        numbers = [int(part[2]) for part in split if part]
        if len(heads) == 1 and sorted(numbers) == list(range(min(numbers), max(numbers) + 1)):
            head, tail = heads.pop()
            return [f"{head}{{{min(numbers)}..{max(numbers)}}}{tail}"]
    return list(starts)
