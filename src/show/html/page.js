"use strict";
/* Filters and searches; nothing on the page needs this script to be read. */
document.documentElement.classList.add("js");

function hits(form, shown, all) {
  form.querySelector(".hits").textContent = shown === all ? "" : shown + " of " + all;
}

function words(form) {
  return form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
}

function has(text, all) {
  return all.every((w) => text.includes(w));
}

function filterFindings(form) {
  const on = new Set([...form.querySelectorAll("[name=sev]:checked")].map((b) => b.value));
  const kind = form.elements.kind.value;
  const wanted = words(form);
  const items = document.querySelectorAll(".finding");
  let shown = 0;
  for (const item of items) {
    item.searchText ??= item.textContent.toLowerCase();
    const ok = on.has(item.dataset.sev) && (!kind || kind === item.dataset.kind) && has(item.searchText, wanted);
    item.hidden = !ok;
    shown += ok;
  }
  hits(form, shown, items.length);
}

function filterRows(form) {
  const wanted = words(form);
  const section = form.closest("section");
  const rows = section.querySelectorAll("tbody tr");
  let shown = 0;
  for (const row of rows) {
    row.searchText ??= row.textContent.toLowerCase();
    const ok = has(row.searchText, wanted);
    row.hidden = !ok;
    shown += ok;
  }
  for (const part of section.querySelectorAll("details.kind")) {
    const found = part.querySelector("tbody tr:not([hidden])") !== null;
    part.hidden = !found;
    part.open = wanted.length > 0 && found;
  }
  hits(form, shown, rows.length);
}

for (const form of document.querySelectorAll("[data-filter]")) {
  const run = form.dataset.filter === "findings" ? filterFindings : filterRows;
  form.addEventListener("input", () => run(form));
  form.addEventListener("submit", (event) => event.preventDefault());
}

addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details.finding")) part.open = true;
});

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
