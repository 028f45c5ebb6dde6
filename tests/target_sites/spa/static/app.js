// A small single-page shop. Two faces: paths ("/item/17", endless scrolling inside a box) and, under /h5/, hash routes
// ("#!/item/17", a button for more, an overlay before anything is shown, details on a click).
"use strict";
(function () {
  const h5 = location.pathname.startsWith("/h5");
  const app = document.getElementById("app");

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  async function ask(path) {
    const response = await fetch("/api/" + path);
    return response.json();
  }

  function address(route) {
    return h5 ? "#!" + route : route;
  }

  function go(event, route) {
    event.preventDefault();
    if (h5) location.hash = "!" + route;
    else history.pushState(null, "", route);
    if (!h5) show();
  }

  function link(route, attributes, ...children) {
    return element("a", { href: address(route), onclick: (event) => go(event, route), ...attributes }, ...children);
  }

  function frame(body) {
    const bar = element("header", {}, link("/", {}, "首页"), link("/cart", {}, "购物车 (0)"), link("/login", {}, "登录"));
    if (!h5) for (const [key, name] of [["price", "按价格"], ["sold", "按销量"]])
      bar.append(element("a", { href: "/?sort=" + key, class: "sort" }, name));
    app.replaceChildren(bar, body);
  }

  // -- the list ----------------------------------------------------------------------------------------------------

  function list() {
    document.title = "云帆集市";
    const feed = element("main", { class: "feed" });
    frame(feed);
    let cursor = "", busy = false, ended = false;

    async function more() {
      if (busy || ended) return;
      busy = true;
      const page = await ask("goods?size=12&face=" + (h5 ? "h5" : "") + (cursor ? "&cursor=" + cursor : ""));
      for (const item of page.items)
        feed.insertBefore(link("/item/" + item.id, { class: "card" }, element("h3", {}, item.name)), foot);
      cursor = page.next;
      ended = !cursor;
      busy = false;
      if (ended) foot.replaceChildren("没有更多了");
    }

    const foot = h5
      ? element("p", { class: "foot" }, element("button", { class: "load-more", onclick: more }, "加载更多"))
      : element("p", { class: "foot" }, "正在加载……");
    feed.append(foot);
    if (h5) more();
    else new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), { root: feed }).observe(foot);
  }

  // -- one thing ---------------------------------------------------------------------------------------------------

  async function item(id) {
    const sheet = element("main", { class: "sheet" }, element("p", { class: "wait" }, "加载中"));
    frame(sheet);
    const found = await ask("goods/" + id);
    if (found.code !== 0) {
      document.title = "提示 - 云帆集市";
      sheet.replaceChildren(element("p", { class: "sorry" }, "很抱歉，该商品已下架"), link("/", {}, "看看别的"));
      return;
    }
    const thing = found.data;
    document.title = thing.name + " - 云帆集市";
    const yuan = Math.floor(thing.fen / 100).toLocaleString("en-US");
    const fen = String(thing.fen % 100).padStart(2, "0");
    const sold = thing.sold >= 10000 ? thing.sold / 10000 + "万+" : String(thing.sold);
    const rich = element("section", { id: "detail" });
    const load = async () => { rich.innerHTML = (await ask("goods/" + id + "/detail")).html; };
    sheet.replaceChildren(
      element("h1", { class: "name" }, thing.name),
      element("p", { class: "price" }, element("i", {}, "¥"), element("b", {}, yuan), element("small", {}, "." + fen)),
      element("p", { class: "sold" }, "已售 " + sold + " 件"),
      element("p", { class: "shop" }, "店铺：", link("/shop/" + thing.shop.id, {}, thing.shop.name)),
      element("p", { class: "writer" }, "作者：" + thing.writer),
      element("p", { class: "listed" }, new Date(thing.listed * 1000).toISOString().slice(0, 10) + " 上架"),
      ...(h5 ? [element("button", { class: "tab", onclick: load }, "图文详情")] : []),
      rich,
      link("/item/" + (id % 120 + 1), { class: "guess" }, "猜你喜欢"),
    );
    if (!h5) setTimeout(load, 30);
  }

  function show() {
    const route = h5 ? location.hash.replace(/^#!?/, "") || "/" : location.pathname;
    const one = route.match(/^\/item\/(\d+)$/);
    if (one) item(Number(one[1]));
    else if (route === "/") list();
    else frame(element("main", { class: "sheet" }, element("p", {}, "请先登录后再查看")));
  }

  addEventListener(h5 ? "hashchange" : "popstate", show);

  // The overlay: on /h5/ nothing is drawn before it is closed; elsewhere it lies over the page.
  function veil(then) {
    const close = () => { cover.remove(); then(); };
    const cover = element("div", { class: "veil" }, element("div", {}, element("p", {}, "新人领券，满 99 减 20"),
      element("button", { class: "close", onclick: close, "aria-label": "关闭" }, "×")));
    document.body.append(cover);
  }

  if (h5) veil(show);
  else { show(); veil(() => {}); }
})();
