"use strict";
// Every text of a sample reaches the page through textContent; nothing here writes markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const index = JSON.parse(byId("index").textContent);
  const named = (columns, row) => Object.fromEntries(columns.map((column, place) => [column, row[place]]));
  const samples = index.samples.map((row, place) => ({
    ...named([...index.columns.samples, "n_problems"], row),
    place,
  }));
  const PAGE = 100;
  const DASH = "–";
  let shown = samples;
  let limit = PAGE;
  const order = { key: "sample_id", down: false };

  function make(tag, options = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "class") node.className = value;
      else if (name === "text") node.textContent = value;
      else if (name === "click") node.addEventListener("click", value);
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  const percent = (share) => (share === null || share === undefined ? DASH : `${Math.round(share * 100)}\u202f%`);
  const or = (value, other = DASH) => (value === null || value === undefined || value === "" ? other : String(value));
  const address = (sample) => `#/${encodeURIComponent(sample.sample_id)}`;

  // ------------------------------------------------------------------ the table of samples
  const columns = [
    ["sample_id", "sample"], ["platform", "platform"], ["language", "language"], ["complexity", "complexity"],
    ["model", "model"], ["completeness", "completeness"], ["weighted_completeness", "weighted"],
    ["n_requirements", "requirements"], ["n_complete", "complete"], ["n_partial", "partial"], ["n_missing", "missing"],
    ["n_unverifiable", "unverifiable"], ["n_critical", "critical gaps"], ["n_high", "high gaps"],
    ["reference", "reference"], ["n_problems", "problems"],
  ].filter(([key]) => key !== "model" || samples.some((sample) => sample.model !== null));
  const isNumber = (key) => key.startsWith("n_") || key.endsWith("completeness");
  const conditions = [
    ["any sample", () => true],
    ["a critical gap", (sample) => sample.n_critical > 0],
    ["a missing requirement", (sample) => sample.n_missing > 0],
    ["an unverifiable requirement", (sample) => sample.n_unverifiable > 0],
    ["nothing open", (sample) => sample.n_requirements > 0 && !sample.n_missing && !sample.n_partial],
    ["a problem", (sample) => sample.n_problems > 0],
    ["no score", (sample) => sample.completeness === null],
  ];

  function choice(label, values, change) {
    const select = make("select", {}, ...values.map(([text, value]) => make("option", { value, text })));
    select.addEventListener("change", () => change(select.value));
    return make("label", {}, label, select);
  }
  const wanted = { text: "", condition: 0 };
  function filters() {
    const form = byId("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    const search = make("input", { type: "search", placeholder: "part of the name", autocomplete: "off" });
    search.addEventListener("input", () => { wanted.text = search.value.toLowerCase(); limit = PAGE; table(); });
    form.append(make("label", {}, "Sample", search));
    for (const key of ["platform", "language", "complexity", "subtask", "model", "reference"]) {
      const values = [...new Set(samples.map((sample) => or(sample[key], "unknown")))].sort();
      if (values.length < 2) continue;
      const options = [["all", ""], ...values.map((value) => [value, `=${value}`])];
      form.append(choice(key, options, (value) => { wanted[key] = value; limit = PAGE; table(); }));
    }
    const options = conditions.map(([text], place) => [text, String(place)]);
    form.append(choice("with", options, (value) => { wanted.condition = Number(value); limit = PAGE; table(); }));
  }
  function matches(sample) {
    if (wanted.text && !String(sample.sample_id).toLowerCase().includes(wanted.text)) return false;
    for (const key of ["platform", "language", "complexity", "subtask", "model", "reference"])
      if (wanted[key] && `=${or(sample[key], "unknown")}` !== wanted[key]) return false;
    return conditions[wanted.condition][1](sample);
  }
  function compare(one, other) {
    const [a, b] = [one[order.key], other[order.key]];
    if (a === null || b === null) return a === b ? one.place - other.place : a === null ? 1 : -1; // nulls stay last
    const found = typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0;
    return (order.down ? -found : found) || one.place - other.place;
  }
  function head() {
    const cells = columns.map(([key, label]) => {
      const button = make("button", { type: "button", text: label });
      button.addEventListener("click", () => {
        const again = order.key === key;
        order.down = again ? !order.down : isNumber(key) && !key.endsWith("completeness");
        order.key = key;
        table();
      });
      const cell = make("th", { scope: "col", class: isNumber(key) ? "number" : "" }, button);
      cell.dataset.key = key;
      cell.dataset.label = label;
      return cell;
    });
    byId("sample-table").tHead.append(make("tr", {}, ...cells));
    byId("more").addEventListener("click", () => { limit = limit >= PAGE * 5 ? Infinity : limit + PAGE * 2; table(); });
  }
  function cell(sample, key) {
    if (key === "sample_id") return make("td", {}, make("a", { href: address(sample), text: sample.sample_id, dir: "auto" }));
    if (key !== "completeness")
      return make("td", {
        class: isNumber(key) ? "number" : "",
        text: key.endsWith("completeness") ? percent(sample[key]) : or(sample[key]),
      });
    const bar = make("i");
    bar.style.width = `${Math.round((sample.completeness || 0) * 100)}%`;
    return make("td", { class: "number" }, make("span", { class: "bar", "aria-hidden": "true" }, bar),
      make("span", { class: "share", text: percent(sample.completeness) }));
  }
  function table() {
    shown = samples.filter(matches).sort(compare);
    for (const title of byId("sample-table").tHead.rows[0].cells) {
      const active = title.dataset.key === order.key;
      title.setAttribute("aria-sort", active ? (order.down ? "descending" : "ascending") : "none");
      title.firstChild.textContent = title.dataset.label + (active ? (order.down ? " ▼" : " ▲") : "");
    }
    const rows = shown.slice(0, limit).map((sample) => make("tr", {}, ...columns.map(([key]) => cell(sample, key))));
    byId("sample-table").tBodies[0].replaceChildren(...rows);
    byId("count").textContent = `${shown.length.toLocaleString("en")} of ${samples.length.toLocaleString("en")} samples` +
      (rows.length < shown.length ? `, the first ${rows.length} shown` : "");
    byId("more").hidden = rows.length >= shown.length;
  }

  // ------------------------------------------------------------------ one sample
  async function part(sample) {
    const element = byId(`part-${sample.place}`);
    let text = element.textContent;
    if (element.dataset.encoding === "zlib") {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      text = await new Response(stream).text();
    }
    const data = JSON.parse(text);
    return Object.fromEntries(
      Object.entries(data).map(([name, rows]) => [name, rows.map((row) => named(index.columns[name], row))]));
  }
  const chip = (text, kind = text) => make("span", { class: `chip ${/^[a-z]+$/.test(kind) ? kind : ""}`, text });
  const label = (text) => make("span", { class: "muted", text });
  function lineText(first, last) {
    if (first === null || first === undefined) return "";
    return last && last !== first ? `lines ${first}–${last}` : `line ${first}`;
  }
  const spans = (lines) => (lines || []).map((span) => (Array.isArray(span) ? lineText(span[0], span[1]) : String(span)));
  function evidence(title, lines, texts) {
    const places = spans(lines);
    const numbered = (texts || []).some((text) => /^\d+: /.test(text)); // the line stands in the evidence itself
    const paired = !numbered && places.length === (texts || []).length;
    const body = (texts || []).map((text, place) =>
      make("pre", { dir: "auto", text: paired ? `${places[place]}: ${text}` : text.replace(/^(\d+): /, "line $1: ") }));
    const alone = places.length > 0 && !paired && !numbered;
    return make("div", {}, make("h4", { text: title }),
      alone ? make("p", { class: "muted", text: places.join(", ") }) : null,
      ...body,
      !body.length && !alone ? make("p", { class: "muted", text: "no evidence" }) : null);
  }
  function fields(pairs) {
    const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== "none");
    return known.length
      ? make("dl", { class: "fields" }, ...known.flatMap(([name, value]) =>
        [make("dt", { text: name }), make("dd", { text: String(value), dir: "auto" })]))
      : null;
  }
  function requirement(row, gaps) {
    const mine = gaps.filter((gap) => gap.requirement_id === row.requirement_id).map((gap) => gap.gap_id).join(", ");
    const turns = (row.turn_status || []).length > 1 ? row.turn_status.join(" → ") : null;
    const chain = (row.chain || []).length
      ? make("details", {}, make("summary", { text: "How this was decided" }),
        make("ol", {}, ...row.chain.map((step) => make("li", { text: step, class: "text", dir: "auto" }))))
      : null;
    return make("article", { class: `item ${row.status}` },
      make("h3", { text: `${or(row.requirement_id)} · ${or(row.title)}`, dir: "auto" }),
      make("div", { class: "chips" }, chip(or(row.status)),
        row.severity && row.severity !== "none" ? chip(`${row.severity} severity`, row.severity) : null,
        label(`${or(row.category)} · confidence ${percent(row.confidence)} · ${or(row.source)} ${lineText(row.line_start, row.line_end)}`)),
      make("p", { class: "text", text: or(row.reason), dir: "auto" }),
      make("div", { class: "pair" },
        evidence(`Response: ${or(row.status)}`, row.model_lines, row.model_evidence),
        evidence(`Reference: ${or(row.ideal_status)}`, row.ideal_lines, row.ideal_evidence)),
      fields([["Deployment", row.deployment_impact], ["Operation", row.operational_impact], ["Gaps", mine], ["Turns", turns]]),
      make("details", {}, make("summary", { text: "Wording" }),
        fields([["Group", row.group], ["Number", row.number]]),
        make("p", { class: "text", text: or(row.text), dir: "auto" })),
      chain);
  }
  function gap(row) {
    const place = [row.resource_type, row.resource_name, row.property_path].filter(Boolean).join(" · ");
    return make("article", { class: `item ${row.severity}` },
      make("h3", { text: `${row.rank}. ${or(row.title)}`, dir: "auto" }),
      make("div", { class: "chips" }, chip(`${row.severity} severity`, row.severity), chip(or(row.kind), "kind"),
        label(`${or(row.gap_id)} · ${or(row.category)} · ${row.requirement_id || "beyond what was asked"} · confidence ${percent(row.confidence)}${row.turn > 1 ? ` · turn ${row.turn}` : ""}`)),
      fields([["Where", place],
        ["Expected", !row.expected ? null : row.expected + (row.ideal_line ? `  (reference, line ${row.ideal_line})` : "")],
        ["Found", !row.found ? null : row.found + (row.model_line ? `  (response, line ${row.model_line})` : "")],
        ["Impact", row.impact], ["Fix", row.fix]]));
  }
  function spanText(spans) {
    return (spans || []).filter(Array.isArray).map(([first, last]) => lineText(first, last)).join(", ");
  }
  function note(row) {
    const verdict = row.supported === true ? "supported" : row.supported === false ? "contradicted" : "undecided";
    return make("article", { class: "item" },
      make("h3", { text: or(row.title), dir: "auto" }),
      make("div", { class: "chips" },
        row.severity === "unstated" ? chip("severity unstated", "unstated") : chip(`${row.severity} severity`, row.severity),
        chip(verdict), label(`${lineText(row.line, row.line_end)} of the notes`)),
      fields([["Found as", (row.gap_ids || []).join(", ") || "no detected gap"], ["Number", row.number],
        ["In the response", spanText(row.model_lines)], ["In the reference", spanText(row.ideal_lines)],
        ["Requirements", (row.requirement_numbers || []).join(", ")], ["Expected", row.expected], ["Found", row.found],
        ["Impact", row.impact], ["Fix", row.fix], ["Verdict", row.reason]]),
      row.text ? make("details", {}, make("summary", { text: "Wording" }), make("p", { class: "text", text: row.text, dir: "auto" })) : null);
  }
  function problem(row) {
    const where = [row.document, lineText(row.line)].filter(Boolean).join(", ");
    return make("article", { class: "item" }, make("h3", { text: or(row.code) }),
      make("p", { class: "text", text: or(row.message), dir: "auto" }), label([row.stage, where].filter(Boolean).join(" · ")));
  }
  function list(title, rows, draw, none) {
    return make("section", {}, make("h2", { text: `${title} (${rows.length})` }),
      ...(rows.length ? rows.map(draw) : [make("p", { class: "muted", text: none })]));
  }
  function steps(sample) {
    const place = shown.indexOf(sample);
    const link = (text, other) => (other ? make("a", { href: address(other), text }) : null);
    return make("nav", { class: "steps", "aria-label": "Samples" }, make("a", { href: "#samples", text: "All samples" }),
      link("← Previous", shown[place - 1]), link("Next →", place >= 0 ? shown[place + 1] : null));
  }
  async function open(sample) {
    const view = byId("sample");
    let data;
    try {
      data = await part(sample);
    } catch (error) {
      view.replaceChildren(steps(sample), make("p", { class: "notice", text: `This sample cannot be read here (${error.message}); a newer browser may.` }));
      return;
    }
    const last = (rows) => rows.filter((row) => row.turn === null || row.turn === undefined || row.turn === sample.turn);
    const requirements = last(data.requirements);
    const gaps = data.gaps.sort((one, other) => one.rank - other.rank);
    const box = make("input", { type: "checkbox" });
    const wrapper = make("div");
    const draw = () => {
      const rows = box.checked ? requirements.filter((row) => row.status !== "complete") : requirements;
      wrapper.replaceChildren(list("Requirements", rows, (row) => requirement(row, gaps), "no requirement to show"));
    };
    box.addEventListener("change", draw);
    draw();
    const title = make("h1", { text: sample.sample_id, tabindex: "-1", dir: "auto" });
    view.replaceChildren(steps(sample), title,
      make("p", { class: "muted", text: [sample.platform, sample.language, sample.complexity, sample.subtask, sample.model].filter(Boolean).join(" · ") }),
      make("div", { class: "chips" }, chip(`${percent(sample.completeness)} complete`, "score"),
        chip(`${or(sample.n_complete)} complete`, "complete"), chip(`${or(sample.n_partial)} partial`, "partial"),
        chip(`${or(sample.n_missing)} missing`, "missing"), chip(`${or(sample.n_unverifiable)} unverifiable`, "unverifiable"),
        label(`reference: ${or(sample.reference)} · turn ${or(sample.turn)}`)),
      make("div", { class: "filters" }, make("label", { class: "check" }, box, "Hide complete requirements")),
      wrapper,
      list("Gaps, most important first", gaps, gap, "no gaps"),
      list("Gaps that the reviewer listed", data.documented_gaps, note, "no reviewer’s notes"),
      list("Problems", data.problems, problem, "no problems"));
    title.focus({ preventScroll: true });
  }
  let scrolled = 0;
  async function route() {
    const hash = location.hash;
    let sample = null;
    if (hash.startsWith("#/")) {
      try {
        const wantedId = decodeURIComponent(hash.slice(2));
        sample = samples.find((found) => found.sample_id === wantedId) || null;
      } catch { /* not an address of this page: the overview is shown */ }
    }
    if (sample && byId("sample").hidden) scrolled = window.scrollY;
    const returns = !sample && !byId("sample").hidden;
    byId("overview").hidden = sample !== null;
    byId("sample").hidden = sample === null;
    document.querySelector("header").hidden = sample !== null;
    if (sample) {
      await open(sample);
      window.scrollTo(0, 0);
    } else if (returns) {
      window.scrollTo(0, scrolled);
    }
  }
  filters();
  head();
  table();
  window.addEventListener("hashchange", route);
  route();
})();
