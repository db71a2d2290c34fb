// Shows the audit at one place of the threshold. Every figure was computed beforehand; nothing is
// computed here but which of them to show. Text goes in as text, never as HTML.
const page = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const state = { place: page.own, model: 0, division: 0, metric: page.metric, highlight: null };
const RECALL = "true_positive_rate";
const charts = {};

const at = () => page.at[state.place][state.model];
const found = () => at().divisions[state.division];
const division = () => page.divisions[state.division];
const percent = (x, digits = 1) => (x === null || x === undefined ? "–" : (100 * x).toFixed(digits));
const pText = (p) => (p === null || p === undefined ? "–" : p < 0.001 ? "< 0.001" : 0.0495 <= p && p < 0.05 ? (Math.floor(p * 1e4) / 1e4).toFixed(4) : p.toPrecision(2));
// An end above 0 does not read 0: the interval of a gap begins at 0 only where there may be none.
const lowEnd = (low) => (low > 0 && Number(low.toFixed(1)) === 0 ? `>${low.toFixed(1)}` : low.toFixed(1));
const interval = (triple, scale = 100) =>
  triple ? `${lowEnd(triple[1] * scale)} to ${(triple[2] * scale).toFixed(1)}` : "";

function element(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// A table: header texts, rows of [text or {value, note}], and a class for each row.
function fillTable(id, caption, header, rows) {
  const table = $(id);
  if (!table) return;
  table.replaceChildren(element("caption", caption, { class: "note" }));
  const top = table.createTHead().insertRow();
  header.forEach((text) => top.append(element("th", text, { scope: "col" })));
  const body = table.createTBody();
  for (const { cells, kind } of rows) {
    const row = body.insertRow();
    if (kind) row.className = kind;
    cells.forEach((cell, index) => {
      const { value, note } = cell !== null && typeof cell === "object" ? cell : { value: cell };
      const node = index ? element("td", value) : element("th", value, { scope: "row" });
      if (note) node.append(element("small", note));
      row.append(node);
    });
  }
}

// Vega names and describes what it is put into; the page's own words stay on the element around it.
function inside(place) {
  place.replaceChildren(element("div", undefined, { class: "drawing" }));
  return place.firstElementChild;
}

// A chart: embedded once for each specification, afterwards only its rows change.
async function draw(id, key, spec, sets, label) {
  const place = $(id);
  if (!place) return;
  place.setAttribute("aria-label", label);
  if (charts[id]?.key !== key) {
    charts[id]?.result?.then((result) => result.finalize());
    const options = { actions: false, renderer: "svg", ast: true, logLevel: 1 };
    charts[id] = { key, result: vegaEmbed(inside(place), { ...spec, datasets: sets }, options) };
    await charts[id].result;
    return;
  }
  const { view } = await charts[id].result;
  if (charts[id].key !== key) return;
  for (const [name, rows] of Object.entries(sets)) view.data(name, rows);
  await view.resize().runAsync();
}

function showVerdict() {
  const sentences = page.models.map((_, i) => page.at[state.place][i].divisions[state.division].sentence);
  if (state.division === 0) sentences.push(...page.changes[state.place].flatMap((pair) => pair.sentences));
  $("verdict").replaceChildren(...sentences.map((text) => element("p", text)));
}

function showControls() {
  const place = page.places[state.place];
  $("place-label").textContent = place.label;
  $("place").setAttribute("aria-valuetext", place.label);
  $("threshold-label").textContent = page.models
    .map((name, i) => `${name}: ${page.at[state.place][i].threshold}`)
    .join("; ");
  for (const node of document.querySelectorAll(".model-name")) node.textContent = page.models[state.model];
  for (const node of document.querySelectorAll(".highlight-name")) node.textContent = highlighted();
  const metric = page.metrics.find(({ name }) => name === state.metric);
  for (const node of document.querySelectorAll(".metric-name")) node.textContent = metric.label;
}

function showCards() {
  const { worst, differences } = found();
  const overall = at().overall;
  const card = (title, value, note) => {
    const node = element("div", undefined, { class: "card" });
    node.append(element("span", title), element("b", value), element("span", note));
    return node;
  };
  const gap = differences.equal_opportunity_difference;
  const variance = differences.true_positive_rate_variance;
  const cards = [];
  if (worst) cards.push(card(`Worst group's recall: ${worst.name}`, `${percent(worst.value[0])}%`, interval(worst.value)));
  if (gap) cards.push(card("Gap in recall, points", percent(gap[0]), `${interval(gap)}; p ${pText(gap[3])}`));
  if (variance) cards.push(card("Variance over groups, %²", variance[0].toFixed(1), `${interval(variance, 1)}; by chance ${variance[5] === null ? "–" : variance[5].toFixed(1)}`));
  for (const [name, title] of [["true_positive_rate", "Recall, all rows"], ["false_positive_rate", "False positive rate"], ["accuracy", "Accuracy"]]) {
    const value = overall[name];
    if (value) cards.push(card(title, `${percent(value[0])}%`, interval(value)));
  }
  $("cards").replaceChildren(...cards);
}

function showGroups() {
  const rows = page.models.flatMap((model, i) =>
    division().groups.map((group, g) => {
      const triple = metricOf(i, g, state.metric);
      return triple && { group: group.name, model, value: triple[0], low: triple[1], high: triple[2], small: group.small.includes(state.metric) };
    })
  ).filter(Boolean);
  const metric = page.metrics.find(({ name }) => name === state.metric);
  const summary = rows.map((row) => `${row.group}, ${row.model}: ${percent(row.value)}%`).join("; ");
  draw("chart-groups", `groups ${state.division}`, page.charts.bars[state.division], { rows }, `${metric.label} by group. ${summary}`);
  const worst = found().worst?.name;
  fillTable(
    "table-groups",
    `${page.models[state.model]}, ${page.places[state.place].label}; values in %, below them 95% intervals; p: recall against the rest, Fisher, Holm-corrected`,
    ["group", "n", "positives", ...page.metrics.map(({ label }) => label), "p"],
    division().groups.map((group, g) => ({
      kind: group.name === worst ? "worst" : group.small.includes(RECALL) ? "small" : "",
      cells: [
        group.small.includes(RECALL) ? `${group.name} (few positives)` : group.name,
        group.n, group.positives,
        ...page.metrics.map(({ name }) => {
          const triple = metricOf(state.model, g, name);
          const few = triple && group.small.includes(name) ? ", few rows" : "";
          return { value: percent(triple?.[0]), note: interval(triple) + few };
        }),
        pText(found().p[g]),
      ],
    }))
  );
}

// Rates follow the threshold; metrics of the scores are the same at each.
function metricOf(model, group, name) {
  const rates = page.at[state.place][model].divisions[state.division].groups[group];
  return name in rates ? rates[name] : page.scores[model][state.division].groups[group][name];
}

function showBetween() {
  const row = (entry, name, label) => {
    const scale = name.endsWith("variance") ? 1 : 100;
    const isRatio = name.endsWith("ratio");
    const show = (x) => (x === null || x === undefined ? "–" : isRatio ? x.toFixed(3) : (x * scale).toFixed(1));
    const ends = () => {
      if (!entry || entry[1] === null) return "–";
      if (!isRatio) return `${lowEnd(entry[1] * scale)} to ${show(entry[2])}`;
      return `${show(entry[1])} to ${entry[2] < 1 && show(entry[2]) === "1.000" ? "<" : ""}${show(entry[2])}`;
    };
    return { cells: [label, show(entry?.[0]), ends(), pText(entry?.[3]), show(entry?.[4] ?? entry?.[5])] };
  };
  const header = ["figure", "value", "95% interval", "p", "detectable, or by chance"];
  const all = { ...found().differences, ...page.scores[state.model][state.division].differences };
  const list = (wanted) => page.figures
    .filter(({ name }) => all[name] && wanted(name))
    .map(({ name, label }) => row(all[name], name, label));
  // Those of the scores are the same at every threshold.
  const isFirst = (name) => name in found().differences && name.endsWith("difference");
  fillTable("table-between", "Differences in points", header, list(isFirst));
  fillTable("table-more", "Ratios as they are, variances in %², differences in points", header, list((name) => !isFirst(name)));
}

function showChanges() {
  if (!$("section-changes")) return;
  const pair = Math.max(state.model, 1) - 1;
  const change = page.changes[state.place][pair];
  $("changes-text").replaceChildren(
    ...change.sentences.map((text) => element("p", text, text.startsWith("Levelling") ? { class: "warning" } : {}))
  );
  const after = pair + 1;
  const main = page.divisions[0].groups;
  const value = (model, g) => {
    const rates = page.at[state.place][model].divisions[0].groups[g];
    return (state.metric in rates ? rates[state.metric] : page.scores[model][0].groups[g][state.metric])?.[0] ?? null;
  };
  const tested = change.rates[state.metric];
  const rows = main
    .map((group, g) => ({ group: group.name, before: value(0, g), after: value(after, g), p: pText(tested?.[g].p) }))
    .filter((row) => row.before !== null && row.after !== null);
  const summary = rows.map((row) => `${row.group}: ${percent(row.before)}% to ${percent(row.after)}%`).join("; ");
  draw("chart-changes", `changes ${pair}`, page.charts.changes[pair], { rows }, `Before and after by group. ${summary}`);
  fillTable(
    "table-changes",
    `Values in %; rows that only one of the models gets counted; p: McNemar's test, Holm-corrected${tested ? "" : " (not tested for this metric)"}`,
    ["group", page.models[0], page.models[after], "change", "only before", "only after", "p"],
    main.map((group, g) => {
      const [b, a] = [value(0, g), value(after, g)];
      const moved = b === null || a === null ? null : a - b;
      const test = tested?.[g];
      return { cells: [group.name, percent(b), percent(a), percent(moved), test?.before ?? "–", test?.after ?? "–", pText(test?.p)] };
    })
  );
}

function showThresholds() {
  if (!$("chart-thresholds")) return;
  const widest = page.widest[state.division].filter(Boolean);
  $("widest").replaceChildren(...widest.map((text) => element("p", text)));
  const rows = page.places.flatMap((place, p) =>
    page.models.flatMap((model, m) => {
      const gap = page.at[p][m].divisions[state.division].differences.equal_opportunity_difference;
      if (!gap) return [];
      const [value, low, high] = gap;
      return [{ place: place.value, label: place.label, model, value, low, high, chosen: p === state.place }];
    })
  );
  const present = rows.filter((row) => row.chosen).map((row) => `${row.model}: ${percent(row.value)} points`).join("; ");
  draw("chart-thresholds", "thresholds", page.charts.thresholds, { rows },
    `Gap in recall at every threshold; at the present one ${present}`);
  fillTable("table-thresholds", "Gap in recall, points, with 95% intervals", ["threshold", ...page.models],
    page.places.map((place, p) => ({
      kind: p === state.place ? "worst" : "",
      cells: [place.label, ...page.models.map((_, m) => {
        const gap = page.at[p][m].divisions[state.division].differences.equal_opportunity_difference;
        return { value: percent(gap?.[0]), note: interval(gap) };
      })],
    })));
}

function showScores() {
  const curves = page.curves[state.model][state.division];
  const count = curves.ridge_names.length;
  const given = at().thresholds;
  const clip = (x) => Math.min(Math.max(x ?? Infinity, curves.span[0]), curves.span[1]);
  // Under marginal divisions thresholds by group do not fit the ridges, so the first stands for all.
  const thresholds = curves.ridge_group.map((group, i) => ({
    threshold: clip(given.length > 1 && state.division === 0 ? given[group ?? 0] : given[0]),
    from: count - 1 - i, to: count - 1 - i + 1,
  }));
  const key = `scores ${state.model} ${state.division}`;
  const label = `Distribution of scores by group; the threshold is ${at().threshold}`;
  draw("chart-scores", key, curves.spec, { rows: curves.ridges, thresholds }, label);
  const scores = page.scores[state.model][state.division].groups;
  fillTable("table-means", "Mean score, AUC and calibration error with 95% intervals",
    ["group", "mean score", "AUC", "calibration error"],
    division().groups.map((group, g) => ({
      cells: [group.name, ...["mean_score", "auc", "expected_calibration_error"].map((name) => {
        const triple = scores[g][name];
        return { value: triple ? triple[0].toFixed(3) : "–", note: triple ? `${triple[1].toFixed(3)} to ${triple[2].toFixed(3)}` : "" };
      })],
    })));
}

function highlighted() {
  return division().groups[state.highlight ?? 0].name;
}

function showCurves() {
  const curves = page.curves[state.model][state.division];
  const name = highlighted();
  const overall = at().overall.false_positive_rate?.[0];
  const points = division().groups.map((group, g) => {
    const rates = found().groups[g];
    const fpr = rates.false_positive_rate?.[0] ?? overall;
    return { group: group.name, fpr: Math.max(fpr ?? 0, page.least_rate), tpr: rates.true_positive_rate?.[0], point: true, chosen: group.name === name };
  }).filter((row) => row.tpr !== undefined && curves.roc.length);
  const rows = curves.roc.map((row) => ({ ...row, point: false, chosen: row.group === name }));
  const chosen = points.find((row) => row.chosen);
  const where = chosen ? `${name} is at ${percent(chosen.tpr)}% recall and ${percent(chosen.fpr, 2)}% false positives.` : "";
  draw("chart-roc", `roc ${state.division}`, page.charts.roc, { rows: [...rows, ...points] }, `ROC curves by group. ${where}`);
  fillTable("table-roc", "At the present threshold, in %; and the area under the curve", ["group", "recall", "false positive rate", "AUC"],
    points.map((row) => {
      const g = division().groups.findIndex((group) => group.name === row.group);
      const area = page.scores[state.model][state.division].groups[g].auc;
      return { cells: [row.group, percent(row.tpr), percent(found().groups[g].false_positive_rate?.[0] ?? overall, 2), area ? area[0].toFixed(4) : "–"] };
    }));
  const hasOwn = curves.reliability.some((row) => row.group === name);
  const lines = curves.reliability.map((row) => ({ ...row, point: false, chosen: row.group === name || !hasOwn }));
  draw("chart-reliability", `reliability ${state.division}`, page.charts.reliability,
    { rows: [...lines, ...lines.filter((row) => row.chosen).map((row) => ({ ...row, point: true }))] },
    `Reliability of ${hasOwn ? name : "all rows"}`);
  fillTable("table-reliability", "Bins of the scores", ["group", "rows", "mean score", "share of positives"],
    lines.map((row) => ({ cells: [row.group, row.n, row.predicted.toFixed(3), row.observed.toFixed(3)] })));
}

function showErrors() {
  const place = $("errors");
  if (!place) return;
  const given = at().thresholds;
  const shelves = page.shelves[state.model].map((shelf) => {
    const threshold = given[given.length > 1 ? shelf.group ?? 0 : 0];
    const isBelow = (score) => threshold === null || score < threshold;
    const wrong = shelf.rows.filter(([, score]) => isBelow(score) === shelf.positive);
    if (!wrong.length) return null;
    const node = element("div", undefined, { class: "shelf" });
    const list = element("ul");
    for (const [row, score] of wrong) {
      const item = element("li");
      item.append(element("img", undefined, { src: page.album[row], alt: `${page.captions[row]}, score ${score}`, title: page.captions[row] }));
      item.append(element("span", score.toFixed(2)));
      list.append(item);
    }
    node.append(element("h3", shelf.title), list);
    return node;
  }).filter(Boolean);
  place.replaceChildren(...(shelves.length ? shelves : [element("p", "No errors among the pictures kept, at this threshold.")]));
}

function fillHighlights() {
  const groups = division().groups;
  $("highlight").replaceChildren(...groups.map((group, g) => element("option", group.name, { value: g })));
  const worst = groups.findIndex((group) => group.name === found().worst?.name);
  state.highlight = Math.max(worst, 0);
  $("highlight").value = state.highlight;
}

function show() {
  showVerdict(); showControls(); showCards(); showGroups(); showBetween(); showThresholds();
  showChanges(); showScores(); showCurves(); showErrors();
}

function listen(id, name, convert, then) {
  $(id).addEventListener("input", (event) => {
    state[name] = convert(event.target.value);
    if (then) then();
    show();
  });
}

listen("place", "place", Number);
listen("model", "model", Number);
listen("division", "division", Number, fillHighlights);
listen("metric", "metric", String);
listen("highlight", "highlight", Number);
$("reset").addEventListener("click", () => {
  state.place = page.own;
  $("place").value = page.own;
  show();
});
fillHighlights();
show();
for (const node of document.querySelectorAll("#suspects img")) node.src = page.album[node.dataset.row];
for (const node of document.querySelectorAll(".ess")) {
  const { spec, rows } = page.insides[Number(node.dataset.inside)];
  vegaEmbed(inside(node), { ...spec, datasets: { rows } }, { actions: false, renderer: "svg", ast: true, logLevel: 1 });
}
document.documentElement.dataset.ready = "true";
