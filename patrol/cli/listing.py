"""Lists on a terminal: shows rows so that each can be read at any width, from a narrow window to a wide screen.

What does not fit is given up in this order: width of texts (they go on in the next line), columns that one can do without
(named below the list), and last the table itself: then each row is a short paragraph. Numbers are never broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from patrol.cli.console import console

_GAP = 2
"""Cells of the terminal between two columns."""

_MIN_TEXT = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. ``min_width``: to how many cells (a Chinese character takes two) its texts may be narrowed; None:
    they are never broken. ``optional``: the higher, the earlier it is left out where there is no room; 0 stays."""

    head: str
    min_width: int | None = _MIN_TEXT
    optional: int = 0
    right: bool = False


def whole(head: str, optional: int = 0) -> Column:
    """Make a column of numbers, dates and words that are not broken."""
    return Column(head, None, optional)


def figure(head: str, optional: int = 0) -> Column:
    """Make a column of figures, the ones above the ones."""
    return Column(head, None, optional, right=True)


Cell = str | Text


def show_list(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows under their heads, as wide as the terminal allows, and say which columns found no room."""
    cells = [[readable(cell) for cell in row] for row in rows]
    shown = _fitting(columns, cells, console.width)
    if title:
        console.print(Text(title, style="bold"))
    if shown is None:
        _show_paragraphs(columns, cells)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for place, width in shown.items():
        column = columns[place]
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=column.min_width is None,
            overflow="fold",
            width=width,
        )
    for row in cells:
        table.add_row(*(row[place] for place in shown))
    console.print(table)
    left_out = [column.head for place, column in enumerate(columns) if place not in shown]
    if left_out:
        console.print(f"窗口较窄，没有列出：{'、'.join(left_out)}", style="dim", markup=False)


def readable(cell: Cell) -> Text:
    """Show a cell as a terminal may: what came from a page neither obeys nor turns the reading round."""
    text = cell if isinstance(cell, Text) else Text(cell)
    plain = "".join(c if c.isprintable() or c in "\n　" else " " if c.isspace() else "�" for c in text.plain)
    return text if plain == text.plain else Text(plain, style=text.style)


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> dict[int, int] | None:
    """Place of each column that is shown, with its width in cells; None when not even the needed ones fit."""
    wished = {
        place: max([cell_len(column.head), *(_width(row[place]) for row in rows)])
        for place, column in enumerate(columns)
    }
    least = {
        place: min(wish, max(columns[place].min_width or wish, cell_len(columns[place].head)))
        for place, wish in wished.items()
    }
    by_need = sorted((place for place in wished if columns[place].optional), key=lambda place: -columns[place].optional)
    while sum(least.values()) + _GAP * (len(least) - 1) > width:
        if not by_need:
            return None
        least.pop(by_need.pop(0))
    room = width - sum(least.values()) - _GAP * (len(least) - 1)
    widths = dict(least)
    while room > 0:
        narrowed = [place for place in widths if widths[place] < wished[place]]
        if not narrowed:
            break
        for place in narrowed[: max(room, 0)]:
            step = min(max(room // len(narrowed), 1), wished[place] - widths[place], room)
            widths[place] += step
            room -= step
    return widths


def _width(text: Text) -> int:
    return max((cell_len(line) for line in text.plain.split("\n")), default=0)


def _show_paragraphs(columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> None:
    """Each row as a paragraph: what is never broken in its first line, a line for each text, the optional in the last."""
    for row in rows:
        filled = [(column, cell) for column, cell in zip(columns, row, strict=True) if cell.plain]
        first = [cell for column, cell in filled if column.min_width is None and not column.optional]
        texts = [_named(column, cell) for column, cell in filled if column.min_width and not column.optional]
        optional = [_named(column, cell) for column, cell in filled if column.optional]
        console.print(Text("  ").join(first))
        for line in (*texts, Text("　").join(optional)):
            console.print(Padding(line, (0, 0, 0, 2)))


def _named(column: Column, cell: Text) -> Text:
    return Text(f"{column.head}：").append_text(cell)
