"use strict";
const SECONDS = 5, COUNTRIES = 12;
const STATES = ["decided", "contested", "open"];
const ATTRIBUTES = { gender: "gender", age_fits: "claimed age fits", relevant: "relevant" };
const get = id => document.getElementById(id);
const count = number => number.toLocaleString("en");
const percent = (part, whole) => whole ? Math.floor(1000 * part / whole) / 10 + " %" : "–";
const named = name => ATTRIBUTES[name] || name.replaceAll("_", " ");
let regions = null;
try { regions = new Intl.DisplayNames(["en"], { type: "region" }); } catch { /* codes, then */ }

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

function bar(tally, className) {
  const box = make("div", "bar" + (className || ""));
  for (const state of STATES) {
    const part = make("i", state);
    part.style.flexGrow = tally[state];
    if (tally[state]) box.append(part);
  }
  box.role = "img";
  box.ariaLabel = STATES.map(state => count(tally[state]) + " " + state).join(", ");
  box.title = box.ariaLabel;
  return box;
}

function bars(id, tallies, nameOf) {
  const rows = Object.entries(tallies).flatMap(([name, tally]) => {
    const label = make("span", "name", nameOf(name));
    label.title = nameOf(name);
    return [label, bar(tally), make("span", "count", count(tally.decided) + " of " + count(tally.all))];
  });
  get(id).replaceChildren(...(rows.length ? rows : [make("span", "soft", "nothing yet")]));
}

function largest(tallies) {
  const rows = Object.entries(tallies), shown = rows.slice(0, COUNTRIES), rest = rows.slice(COUNTRIES);
  if (rest.length > 1) {
    const sum = state => rest.reduce((total, [, tally]) => total + tally[state], 0);
    shown.push([rest.length + " others", Object.fromEntries([...STATES, "all"].map(s => [s, sum(s)]))]);
  } else shown.push(...rest);
  return Object.fromEntries(shown);
}

function country(code) {
  if (!/^[A-Z]{2}$/.test(code) || !regions) return code;
  try { return regions.of(code); } catch { return code; }
}

function duration(hours) {
  if (hours === null) return "–";
  if (hours <= 0) return "done";
  if (hours < 1) return Math.max(1, Math.round(hours * 60)) + " min";
  return hours < 48 ? hours.toFixed(1) + " h" : count(Math.round(hours / 24)) + " days";
}

function age(years) {
  const number = years < 2 ? Math.round(12 * years) : Math.round(10 * years) / 10;
  return number + (years < 2 ? " month" : " year") + (number === 1 ? "" : "s");
}

function money(value, cost) {
  const digits = value < 100 ? 2 : 0;
  const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (text + " " + cost.currency).trim();
}

function tiles(state) {
  const perFace = state.answers_per_decided_face;
  const rows = [
    [count(state.answers), "answers" + (state.suspended_answers ? ", " + count(state.suspended_answers) + " not counted" : "")],
    [perFace === null ? "–" : perFace.toFixed(2), "answers per decided face"],
    [state.answers_per_hour === null ? "–" : count(Math.round(state.answers_per_hour)), "answers an hour"],
    [duration(state.hours_left), "left, " + count(state.answers_to_come) + " answers to come"],
  ];
  if (state.cost) rows.push([money(state.cost.spent, state.cost), "spent, " + money(state.cost.to_come, state.cost) + " to come"]);
  if (state.waiting_for_verdicts) rows.push([count(state.waiting_for_verdicts), "faces wait for curate pull"]);
  get("tiles").replaceChildren(...rows.map(([value, label]) => make("div", "tile", make("b", "", value), make("span", "", label))));
}

function hours(numbers) {
  const most = Math.max(...numbers, 1);
  const box = make("div", "hours", ...numbers.map((number, index) => {
    const one = make("i", number ? "" : "none");
    one.style.height = Math.max(1, 100 * number / most) + "%";
    const back = numbers.length - index;
    one.title = count(number) + " answers, " + back + " h to " + (back - 1) + " h ago";
    return one;
  }));
  box.role = "img";
  box.ariaLabel = count(numbers.reduce((a, b) => a + b, 0)) + " answers in " + numbers.length + " hours, at most " + count(most) + " an hour";
  get("hours").replaceChildren(box, make("div", "axis soft", make("span", "", numbers.length + " h ago"),
    make("span", "", "at most " + count(most)), make("span", "", "now")));
}

function whisker(share, bar) {
  if (share.value === null) return make("span", "soft", "–");
  const box = make("span", "whisker" + (share.high < bar ? " under" : ""));
  const at = (className, left, width) => {
    const part = make("span", className);
    part.style.left = 100 * left + "%";
    if (width !== undefined) part.style.width = 100 * width + "%";
    box.append(part);
  };
  at("range", share.low, share.high - share.low);
  at("line", bar);
  at("point", share.value);
  box.title = `${share.right} of ${share.of}; with 95 % certainty ${(100 * share.low).toFixed(0)} to ${(100 * share.high).toFixed(0)} %; the bar is ${(100 * bar).toFixed(0)} %`;
  return make("span", "", Math.round(100 * share.value) + " %", box);
}

function plain(share) {
  return share.value === null ? "–" : Math.round(100 * share.value) + " %";
}

function moderators(quality) {
  if (!quality.moderators.length) {
    get("moderators").replaceChildren(make("p", "soft", "Nobody has voted on the present questions yet."));
    return;
  }
  const table = make("table"), head = make("tr");
  for (const [name, left] of [["moderator", true], ["answers"], ["an hour"], ["s each"], ["agreement"], ["gold"], ["accuracy"], ["", true]])
    head.append(make("th", left ? "left" : "", name));
  const body = make("tbody");
  for (const one of quality.moderators) {
    const row = make("tr", one.status), who = make("code", "", one.moderator.slice(0, 8));
    const add = (name, ...content) => {
      const cell = make("td", "", ...content);
      if (name) cell.dataset.name = name;
      row.append(cell);
    };
    who.title = one.moderator;
    add("", who);
    add("answers", count(one.answers));
    add("an hour", one.answers_per_hour === null ? "–" : count(Math.round(one.answers_per_hour)));
    add("seconds each", one.median_seconds === null ? "–" : one.median_seconds.toFixed(1));
    add("agreement", plain(one.agreement));
    add("gold", one.gold.of ? plain(one.gold) + " of " + count(one.gold.of) : "–");
    add("accuracy", whisker(one.accuracy, quality.bar));
    const notes = make("td", "left");
    if (one.status !== "active") notes.append(make("span", "tag plain", "suspended"));
    const kinds = new Map();
    for (const found of one.findings) kinds.set(found.kind, [...(kinds.get(found.kind) || []), found.detail]);
    for (const [kind, details] of kinds) {
      const tag = make("span", "tag", kind.replaceAll("-", " "));
      tag.title = details.join("\n");
      notes.append(tag);
    }
    if (one.drift && one.drift.worsening) notes.append(make("span", "tag", "growing worse"));
    row.append(notes);
    body.append(row);
  }
  table.append(make("thead", "", head), body);
  get("moderators").replaceChildren(make("div", "scroll", table));
}

const pictures = new Map();  // figures that are shown already keep their pictures
function contested(faces, total) {
  get("contested-note").textContent = faces.length
    ? count(total) + " in all" + (total > faces.length ? "; the " + faces.length + " with most votes are shown" : "") + "."
    : "None: wherever enough moderators voted, they decided.";
  get("contested").replaceChildren(...faces.map(face => {
    const image = pictures.get(face.face) || make("img");
    if (!pictures.has(face.face)) {
      image.loading = "lazy";
      image.alt = "face, claimed age " + age(face.claimed_age);
      image.onerror = () => image.replaceWith(make("div", "missing", "no picture"));
      image.src = "crop/" + face.face + ".jpg";
      pictures.set(face.face, image);
    }
    const caption = make("figcaption", "", make("span", "soft", "claimed " + age(face.claimed_age)));
    for (const [name, votes] of Object.entries(face.votes)) {
      const split = make("div", "split", ...Object.values(votes).map(number => {
        const part = make("i");
        part.style.flexGrow = number;
        return part;
      }));
      const said = Object.entries(votes).map(([value, number]) => number + " " + value.replaceAll("_", " ")).join(", ");
      caption.append(make("div", "", make("b", "", named(name)), split, said));
    }
    const figure = make("figure", "", image, caption);
    figure.title = face.face;
    return figure;
  }));
}

function show(state) {
  const faces = state.faces;
  get("what").textContent = "Question set " + state.questions_version + ", " + count(faces.all) + " faces put to the moderators";
  get("share").textContent = percent(faces.decided, faces.all);
  get("share-of").textContent = "of the faces are decided";
  get("faces-bar").replaceWith(Object.assign(bar(faces, " tall"), { id: "faces-bar" }));
  get("legend").replaceChildren(...STATES.map(s => make("li", "", make("i", s), make("b", "", count(faces[s])), " " + s)));
  tiles(state);
  bars("questions", state.questions, named);
  const alphas = Object.entries(state.quality.alpha).filter(([, value]) => value !== null);
  get("alpha").textContent = alphas.length ? "Krippendorff's α of the votes that count: "
    + alphas.map(([name, value]) => named(name) + " " + value.toFixed(2)).join(", ") + "." : "";
  hours(state.answers_by_hour);
  bars("countries", largest(state.countries), country);
  bars("ages", state.ages, name => name);
  moderators(state.quality);
  contested(state.contested_faces, faces.contested);
}

let last = "", seen = null;
async function renew() {
  try {
    const answer = await fetch("state.json", { cache: "no-store" }), text = await answer.text();
    if (!answer.ok) throw new Error(text);
    if (text !== last) { show(JSON.parse(text)); last = text; }
    seen = new Date();
    get("problem").hidden = true;
    get("live").classList.remove("lost");
  } catch (error) {
    get("live").classList.add("lost");
    get("problem").hidden = false;
    get("problem").textContent = error instanceof TypeError
      ? "The server does not answer; start it with curate moderation serve." : error.message;
  }
  get("when").textContent = seen ? "as of " + seen.toLocaleTimeString("en-GB") : "";
  setTimeout(renew, SECONDS * 1000);
}
renew();
