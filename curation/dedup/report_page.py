"""The page around the data of `curation.dedup.report`: markup, style and script."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Copies of photographs</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --dim: light-dark(#555, #aaa);
  --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#1b6e3c, #7bd8a0); }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
.note { border-left: 3px solid var(--bad); padding: .4rem .8rem; background: var(--soft); }
nav { position: sticky; top: 0; padding: .6rem 0; background: Canvas; z-index: 1;
  display: flex; flex-wrap: wrap; gap: .6rem; align-items: center;
  border-bottom: 1px solid var(--line); }
button, select { font: inherit; padding: .25rem .7rem; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0;
  padding: .9rem 1rem; }
article.conflict { border-color: var(--bad); }
h2 { font-size: 1.02rem; margin: 0; }
.bad { color: var(--bad); font-weight: 600; }
.dim { color: var(--dim); }
.copies { display: flex; flex-wrap: wrap; gap: .9rem; margin: .7rem 0; }
figure { margin: 0; width: 10.5rem; font-size: .86rem; overflow-wrap: anywhere; }
figure img, .missing { width: 168px; height: 168px; object-fit: contain; background: var(--soft);
  border: 2px solid transparent; border-radius: .3rem; display: block; }
figure.best img { border-color: var(--good); }
.missing { display: grid; place-items: center; color: var(--dim); }
.tag { color: var(--good); font-weight: 600; }
ul { margin: .2rem 0 0; padding-left: 1.1rem; }
details { font-size: .9rem; }
table { border-collapse: collapse; margin-top: .3rem; }
td { padding: .1rem .9rem .1rem 0; vertical-align: top; }
</style>
</head>
<body>
<h1>Copies of photographs</h1>
<p class="note">This page holds pictures of people. It is meant for this machine only: do not
publish it or send it on, and delete it when it has served.</p>
<p id="summary"></p>
<p id="cap" class="dim"></p>
<nav>
  <select id="filter" aria-label="Which groups"></select>
  <button id="back">&lsaquo; earlier</button><span id="where"></span>
  <button id="on">later &rsaquo;</button>
</nav>
<main id="groups"></main>
<script type="application/json" id="data">__DATA__</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const PER_PAGE = 25;
const get = id => document.getElementById(id);
let page = 0, chosen = data.groups;

function make(name, text, className) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function figure(copy, number) {
  const box = make("figure", "", copy.best ? "best" : "");
  if (copy.thumb) {
    const image = make("img");
    image.src = "data:image/jpeg;base64," + copy.thumb;
    image.alt = "copy " + number;
    box.append(image);
  } else box.append(make("div", "not readable", "missing"));
  const caption = make("figcaption");
  caption.append(make("b", number + " "), copy.size + " ");
  if (copy.kept) caption.append(make("span", "kept", "tag"));
  else if (copy.best) caption.append(make("span", "best", "tag"));
  if (!copy.face) caption.append(make("span", "no usable face", "dim"));
  const posts = make("ul");
  for (const post of copy.posts) posts.append(make("li", post));
  if (!copy.posts.length) caption.append(make("div", "no labels", "dim"));
  const id = make("div", copy.id.slice(0, 12), "dim");
  id.title = copy.id;
  caption.append(posts, id);
  box.append(caption);
  return box;
}

function article(group) {
  const box = make("article", "", group.conflict ? "conflict" : "");
  const kinds = [...new Set(group.pairs.map(pair => pair.kind))].sort().join(", ");
  const count = group.copies.length;
  box.append(make("h2", (count > 1 ? count + " copies: " + kinds
    : "1 image, posted several times with the same bytes")));
  if (group.conflict) box.append(make("div", "contradiction: " + group.conflict, "bad"));
  box.append(make("div", group.fate));
  if (group.claims) box.append(make("div", "claimed of it: " + group.claims, "dim"));
  const copies = make("div", "", "copies");
  group.copies.forEach((copy, index) => copies.append(figure(copy, index + 1)));
  box.append(copies);
  if (group.pairs.length) {
    const details = make("details"), table = make("table");
    details.append(make("summary", "evidence: " + group.pairs.length + " verified pairs"));
    for (const pair of group.pairs) {
      const row = make("tr"), kind = make("td", pair.kind);
      kind.title = data.kinds[pair.kind];
      row.append(make("td", pair.a + " and " + pair.b), kind, make("td", pair.why));
      table.append(row);
    }
    details.open = group.pairs.length <= 3;
    details.append(table);
    box.append(details);
  }
  return box;
}

function show() {
  const pages = Math.max(1, Math.ceil(chosen.length / PER_PAGE));
  page = Math.min(Math.max(page, 0), pages - 1);
  const shown = chosen.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
  get("groups").replaceChildren(...shown.map(article));
  if (!shown.length) get("groups").append(make("p", "There are none.", "dim"));
  get("where").textContent = "page " + (page + 1) + " of " + pages;
  get("back").disabled = page === 0;
  get("on").disabled = page === pages - 1;
}

function turn(by) { page += by; show(); scrollTo(0, 0); }

const has = kind => group => group.pairs.some(pair => pair.kind === kind);
const filters = [["all groups", () => true], ["contradictions", group => group.conflict],
  ["same bytes in several posts", group => group.copies.length === 1],
  ...Object.keys(data.kinds).map(kind => [kind, has(kind)])];
for (const [name, keep] of filters) {
  const number = data.groups.filter(keep).length;
  if (number || name === "all groups") {
    const option = make("option", name + " (" + number + ")");
    option.value = name;
    get("filter").append(option);
  }
}
get("filter").onchange = event => {
  chosen = data.groups.filter(filters.find(([name]) => name === event.target.value)[1]);
  page = 0;
  show();
};
get("back").onclick = () => turn(-1);
get("on").onclick = () => turn(1);
get("summary").textContent = data.summary;
get("cap").textContent = data.cap;
show();
</script>
</body>
</html>
"""
