"""Infringer grouping: joins accounts that have marks in common, and shows every tie.

Ties are weighed by ``tables/ties.yaml``: two accounts whose common marks add up to the threshold are taken for one
(union-find over such pairs). What many accounts share is the platform's and ties nobody. Dismissed leads neither tie nor
count, and accounts that an officer ruled apart stay apart. Nothing else is stored: a group is called by the number of its earliest lead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from urllib.parse import urlsplit

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from patrol import clock
from patrol.cases.marks import Mark, MarkKind, name_core, operator_marks, plain_name, read_marks, text_mark
from patrol.cases.ties import Ties
from patrol.db.models import Capture, CaptureText, Lead, Match, Notice, Signal
from patrol.db.portions import portions
from patrol.errors import InputError
from patrol.items import HOME
from patrol.leads.facts import FactKey, facts_of, numbers_in
from patrol.leads.queries import lead_numbered
from patrol.vocabulary import LeadStatus, PageKind


@dataclass(frozen=True, slots=True)
class AccountView:
    """A seller or account on one site. ``name`` may be "": then the page or site itself stands for it."""

    site: str
    name: str
    url: str
    leads: tuple[str, ...]
    first: datetime
    last: datetime

    @property
    def label(self) -> str:
        return f"{self.name or self.url or '（未署名）'}（{self.site}）"


@dataclass(frozen=True, slots=True)
class TieView:
    """One thing that several accounts have in common (positions in ``accounts``); ``shown`` is fit to be printed."""

    kind: MarkKind
    shown: str
    weight: float
    accounts: tuple[int, ...]
    captures: tuple[int, ...]

    @property
    def words(self) -> str:
        return f"{self.kind.label}：{self.shown}"


@dataclass(frozen=True, slots=True)
class InfringerView:
    """One presumed infringer. ``leads`` of the period, in order; ``confirmed`` of them were confirmed by a person.
    ``after_notice``: leads found after a notice about an earlier lead. ``repeated``, and ``why`` in words: a hint that
    says how many of the leads a person confirmed, no finding. ``caution``: why the ties need checking, or ""."""

    number: str
    name: str
    accounts: tuple[AccountView, ...]
    ties: tuple[TieView, ...]
    leads: tuple[str, ...]
    all_leads: tuple[str, ...]
    confirmed: int
    sites: tuple[str, ...]
    works: int
    first: datetime
    last: datetime
    by_month: Mapping[str, int]
    after_notice: tuple[str, ...]
    repeated: bool
    why: str
    caution: str


def infringers(
    session: Session,
    ties: Ties,
    since: datetime | None = None,
    until: datetime | None = None,
    among: Collection[str] | None = None,
) -> list[InfringerView]:
    """Return all infringers with leads found in ``since <= found_at < until``, those with most leads first; of leads
    with these numbers where ``among`` gives them. Ties are sought over all leads, whenever found."""
    people = _AccountGraph(session, ties)
    views = [people.view(group, since, until, among) for group in people.groups()]
    found = [view for view in views if view is not None]
    return sorted(found, key=lambda v: (not v.repeated, -len(v.leads), v.number))


def infringer_of(session: Session, ties: Ties, lead_number: str) -> InfringerView | None:
    """Return the infringer to whom a lead belongs, over all time; None for a lead that is dismissed or not there."""
    people = _AccountGraph(session, ties)
    group = people.group_of(lead_number)
    return people.view(group, None, None) if group else None


def find_infringer(session: Session, ties: Ties, who: str) -> InfringerView:
    """Return the infringer to whom a lead (number or id) or an account of this name belongs, over all time.

    Raises InputError when there is none.
    """
    number = session.scalar(select(Lead.number).where(lead_numbered(who)))
    for view in infringers(session, ties):
        if number in view.all_leads or any(who == account.name for account in view.accounts):
            return view
    raise InputError(f"没有线索编号或账号名称是“{who}”的侵权主体。可用 patrol infringers list 查看")


def choose_notable(
    views: Iterable[InfringerView], *, repeated: bool = False, everyone: bool = False
) -> list[InfringerView]:
    """Choose whom an officer looks at: those with several leads or accounts, or ``everyone``; of them those with signs
    of repetition only, where ``repeated``."""
    return [
        view
        for view in views
        if (view.repeated or not repeated) and (everyone or len(view.leads) > 1 or len(view.accounts) > 1)
    ]


@dataclass(slots=True)
class _Account:
    """One node. ``marks``: what its pages have, with the captures that show it."""

    key: tuple[str, ...]
    site: str
    name: str
    url: str
    leads: list[_LeadRow]
    marks: dict[Mark, set[int]]


@dataclass(frozen=True, slots=True)
class _LeadRow:
    id: int
    number: str
    site: str
    seller: str
    seller_url: str
    url: str
    work_id: str | None
    status: LeadStatus
    found_at: datetime


_CONFIRMED = frozenset(LeadStatus) - {LeadStatus.NEW, LeadStatus.REVIEWING, LeadStatus.DISMISSED}


class _AccountGraph:
    """The accounts of all leads, tied."""

    def __init__(self, session: Session, ties: Ties) -> None:
        self._ties = ties
        rows = select(
            Lead.id, Lead.number, Lead.site, Lead.seller, Lead.seller_url, Lead.url, Lead.work_id, Lead.status, Lead.found_at
        )  # fmt: skip
        query = rows.where(Lead.status != LeadStatus.DISMISSED.value).order_by(Lead.id)
        leads = [_LeadRow(*row[:7], LeadStatus(row.status), row.found_at) for row in session.execute(query)]
        sent = select(Notice.lead_id, func.min(Notice.sent_at)).where(Notice.sent_at.is_not(None))
        self._noticed: dict[int, datetime] = {}
        for lead_id, first in session.execute(sent.group_by(Notice.lead_id)):
            if first is not None:
                self._noticed[lead_id] = first
        pages = _pages(session, [lead.id for lead in leads])
        self._accounts = self._nodes(leads, pages)
        self._mark(session, pages)
        self._shared = self._common()
        self._apart = self._ruled_apart(session)
        self._members = [{number} for number in range(len(self._accounts))]
        self._parent = list(range(len(self._accounts)))
        self._tie()

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for node in range(len(self._accounts)):
            found[self._root(node)].append(node)
        return list(found.values())

    def group_of(self, lead_number: str) -> list[int]:
        """The group with this lead; empty when there is none."""
        holds = (n for n, node in enumerate(self._accounts) if any(lead.number == lead_number for lead in node.leads))
        node = next(holds, None)
        if node is None:
            return []
        return [other for other in range(len(self._accounts)) if self._root(other) == self._root(node)]

    # -- nodes and marks -------------------------------------------------------------------------------------------

    def _nodes(self, leads: Iterable[_LeadRow], pages: Mapping[int, list[tuple[int, str]]]) -> list[_Account]:
        found: dict[tuple[str, ...], _Account] = {}
        for lead in leads:
            kinds = {kind for _, kind in pages.get(lead.id, [])}
            key = _account_key(lead, kinds)
            node = found.setdefault(key, _Account(key, lead.site, lead.seller, lead.seller_url, [], {}))
            node.leads.append(lead)
        return list(found.values())

    def _mark(self, session: Session, pages: Mapping[int, list[tuple[int, str]]]) -> None:
        owner = {
            capture: node for node in self._accounts for lead in node.leads for capture, _ in pages.get(lead.id, [])
        }
        for portion in portions(sorted(owner)):
            query = select(CaptureText.capture_id, CaptureText.text).where(CaptureText.capture_id.in_(portion))
            for capture, text in session.execute(query):
                whole = text_mark(text, self._ties.text_characters)
                for mark in (*read_marks(text), *([whole] if whole else [])):
                    owner[capture].marks.setdefault(mark, set()).add(capture)
        for node in self._accounts:
            if node.key[0] == "site":
                for capture, footer in _home_footers(session, node.site):
                    for mark in operator_marks(footer):
                        node.marks.setdefault(mark, set()).add(capture)
            core = name_core(node.name, self._ties.common_words)
            if core:
                node.marks.setdefault(Mark(MarkKind.NAME, core), set())
            if node.name and core:
                node.marks.setdefault(Mark(MarkKind.SAME_SITE, f"{node.site} {plain_name(node.name)}"), set())

    def _common(self) -> dict[Mark, list[int]]:
        """Marks of at least two accounts, without those that are the platform's own."""
        holders: dict[Mark, list[int]] = defaultdict(list)
        per_site: dict[str, int] = defaultdict(int)
        for number, node in enumerate(self._accounts):
            per_site[node.site] += 1
            for mark in node.marks:
                holders[mark].append(number)
        return {m: held for m, held in holders.items() if len(held) > 1 and not self._is_public(held, per_site)}

    def _is_public(self, held: Sequence[int], per_site: Mapping[str, int]) -> bool:
        if len(held) > self._ties.shared_by_at_most:
            return True
        here: dict[str, int] = defaultdict(int)
        for number in held:
            here[self._accounts[number].site] += 1
        rule = self._ties.site_wide
        return any(n >= rule.accounts and n >= rule.share * per_site[site] for site, n in here.items())

    def _weight(self, mark: Mark, one: int, other: int) -> float:
        if mark.kind is MarkKind.SAME_SITE and all(self._accounts[n].url for n in (one, other)):
            return 0.0  # Two pages of their own under one name: the name counts, no more.
        return self._ties.weight(mark)

    def _tie(self) -> None:
        strength: dict[tuple[int, int], dict[MarkKind, float]] = defaultdict(dict)
        for mark, held in self._shared.items():
            for pair in combinations(held, 2):
                weight = self._weight(mark, *pair)
                if weight:
                    strength[pair][mark.kind] = max(weight, strength[pair].get(mark.kind, 0.0))
        # The strongest first, so that what an officer ruled apart is parted at its weakest link.
        sums = {pair: sum(kinds.values()) for pair, kinds in strength.items()}
        for pair in sorted(sums, key=lambda p: (-sums[p], p)):
            if sums[pair] >= self._ties.threshold - 1e-9:
                self._join(*pair)

    def _join(self, one: int, other: int) -> None:
        one, other = self._root(one), self._root(other)
        if one == other or self._are_apart(one, other):
            return
        if len(self._members[one]) > len(self._members[other]):
            one, other = other, one
        self._parent[one] = other
        self._members[other] |= self._members[one]
        self._members[one] = set()

    def _are_apart(self, one: int, other: int) -> bool:
        few, many = sorted((self._members[one], self._members[other]), key=len)
        return bool(self._apart) and any(not many.isdisjoint(self._apart.get(n, ())) for n in few)

    def _ruled_apart(self, session: Session) -> dict[int, set[int]]:
        """Accounts that an officer said are not one person (``FactKey.NOT_SAME``), by account."""
        owner = {lead.id: n for n, node in enumerate(self._accounts) for lead in node.leads}
        by_number = {lead.number: n for n, node in enumerate(self._accounts) for lead in node.leads}
        apart: dict[int, set[int]] = defaultdict(set)
        for lead, entered in facts_of(session, owner).items():
            for number in numbers_in(entered.text(FactKey.NOT_SAME)):
                if number in by_number:
                    apart[owner[lead]].add(by_number[number])
                    apart[by_number[number]].add(owner[lead])
        return apart

    def _root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    # -- views -----------------------------------------------------------------------------------------------------

    def view(
        self,
        group: Sequence[int],
        since: datetime | None,
        until: datetime | None,
        among: Collection[str] | None = None,
    ) -> InfringerView | None:
        every = sorted((lead for n in group for lead in self._accounts[n].leads), key=lambda x: (x.found_at, x.id))
        inside = [
            lead
            for lead in every
            if (since is None or lead.found_at >= since)
            and (until is None or lead.found_at < until)
            and (among is None or lead.number in among)
        ]
        if not inside:
            return None
        order = sorted(group, key=lambda n: (-len(self._accounts[n].leads), self._accounts[n].leads[0].id))
        ties = self._ties_of(order)
        after = self._after_notice(every)
        named = [self._accounts[n].name for n in order if self._accounts[n].name]
        why = self._why(inside, [lead for lead in inside if lead.number in after])
        months: dict[str, int] = defaultdict(int)
        for lead in inside:
            months[clock.show_month(lead.found_at)] += 1
        return InfringerView(
            number=every[0].number,
            name=named[0] if named else every[0].url,
            accounts=tuple(_account_view(self._accounts[n]) for n in order),
            ties=ties,
            leads=tuple(lead.number for lead in inside),
            all_leads=tuple(lead.number for lead in every),
            confirmed=sum(lead.status in _CONFIRMED for lead in inside),
            sites=tuple(dict.fromkeys(lead.site for lead in every)),
            works=len({lead.work_id for lead in inside if lead.work_id}),
            first=inside[0].found_at,
            last=inside[-1].found_at,
            by_month=dict(months),
            after_notice=tuple(lead.number for lead in inside if lead.number in after),
            repeated=bool(why),
            why=why,
            caution=_caution(ties, len(group), self._ties.many_accounts),
        )

    def _ties_of(self, order: Sequence[int]) -> tuple[TieView, ...]:
        place = {node: position for position, node in enumerate(order)}
        found = []
        for mark in dict.fromkeys(mark for n in order for mark in self._accounts[n].marks if mark in self._shared):
            here = [n for n in self._shared[mark] if n in place]
            weight = max((self._weight(mark, *pair) for pair in combinations(here, 2)), default=0.0)
            if weight:
                captures = sorted({c for n in here for c in self._accounts[n].marks[mark]})
                found.append(
                    TieView(mark.kind, mark.shown, weight, tuple(sorted(place[n] for n in here)), tuple(captures))
                )
        return tuple(sorted(found, key=lambda tie: (-tie.weight, tie.kind, tie.shown)))

    def _after_notice(self, every: Sequence[_LeadRow]) -> set[str]:
        """Leads found after a notice about another lead was sent."""
        sent = [(lead.id, self._noticed[lead.id]) for lead in every if lead.id in self._noticed]
        return {lead.number for lead in every if any(lead.found_at > at and lead.id != other for other, at in sent)}

    def _why(self, inside: Sequence[_LeadRow], after: Sequence[_LeadRow]) -> str:
        sure = f"（已确认 {sum(lead.status in _CONFIRMED for lead in inside)} 条）"
        if after:
            return f"收到通知后又出现 {len(after)} 条线索{sure}"
        rule = self._ties.repeat
        reach = timedelta(days=rule.within_days)
        found = [lead.found_at for lead in inside]
        most = max(bisect_right(found, at + reach) - start for start, at in enumerate(found))
        return f"{rule.within_days} 天内有 {most} 条线索{sure}" if most >= rule.leads else ""


def _account_key(lead: _LeadRow, kinds: set[str]) -> tuple[str, ...]:
    """The account's page, else its name on the site; an article without either is the site's own, any other page
    without a name stands for itself."""
    if lead.seller_url:
        parts = urlsplit(lead.seller_url)
        query = f"?{parts.query}" if parts.query else ""
        return ("url", f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}{query}")
    if plain_name(lead.seller):
        return ("name", lead.site, plain_name(lead.seller))
    if kinds == {PageKind.ARTICLE.value}:
        return ("site", lead.site)
    return ("lead", lead.number)


def _account_view(node: _Account) -> AccountView:
    found = sorted(lead.found_at for lead in node.leads)
    url = node.url or (node.leads[0].url if not node.name else "")
    return AccountView(node.site, node.name, url, tuple(lead.number for lead in node.leads), found[0], found[-1])


def _caution(ties: Sequence[TieView], accounts: int, many: int) -> str:
    if accounts < 2:
        return ""
    if accounts > many:
        return f"账号多达 {accounts} 个，可能由几处公用的联系方式辗转连成，不宜合并看待，请逐条核对关联"
    kinds = {tie.kind for tie in ties}
    if kinds <= {MarkKind.NAME, MarkKind.SAME_SITE, MarkKind.TEXT}:
        return "只凭名称或文字相同关联，可能是不同的人，请先核实主体"
    return "关联依据来自页面内容，是否同一主体须核实"


def _home_footers(session: Session, site: str) -> list[tuple[int, str]]:
    """The newest home page of a site: its capture and the lines with numbers on it."""
    query = select(Capture.id, Capture.extracted).where(Capture.site == site, Capture.role == HOME)
    row = session.execute(query.order_by(Capture.fetched_at.desc()).limit(1)).first()
    return [(row.id, str(row.extracted.get("footer") or ""))] if row is not None else []


def _pages(session: Session, lead_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Captures of each lead with their page kind, the newest of each address only."""
    found: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
    for portion in portions(lead_ids):
        tied = union(
            select(Match.lead_id, Match.capture_id).where(Match.lead_id.in_(portion)),
            select(Signal.lead_id, Signal.capture_id).where(Signal.lead_id.in_(portion)),
        ).subquery()
        query = select(tied.c.lead_id, Capture.id, Capture.page_kind, Capture.canonical_url)
        query = query.join(Capture, Capture.id == tied.c.capture_id).order_by(Capture.fetched_at, Capture.id)
        for lead, capture, kind, url in session.execute(query):
            found[lead][url] = (capture, kind)
    return {lead: list(pages.values()) for lead, pages in found.items()}
