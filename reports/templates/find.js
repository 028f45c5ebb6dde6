"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const words = by("words"), grade = by("grade"), kind = by("kind"), count = by("count");
  const rows = Array.from(by("list").tBodies, (body) => Array.from(body.rows)).flat();
  const said = rows.map((row) => row.textContent.toLowerCase());
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, at) => {
      const hit =
        wanted.every((word) => said[at].includes(word)) &&
        (!grade.value || row.cells[1].textContent === grade.value) &&
        (!kind.value || row.cells[4].textContent === kind.value);
      row.hidden = !hit;
      found += hit;
    });
    count.textContent = found === rows.length ? `共 ${found} 条` : `找到 ${found} 条，共 ${rows.length} 条`;
  };
  let due = 0;
  words.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(show, 150);
  });
  grade.addEventListener("change", show);
  kind.addEventListener("change", show);
  by("find").hidden = false;
  show();
})();
