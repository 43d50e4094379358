// Winnow's script. Every page works without it; it adds comfort: the dark theme, refreshes that stop when nobody looks,
// the progress of an upload, and counting what is selected. It stores nothing and calls nothing but this server.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const number = (n) => n.toLocaleString("en-US");
  const count = (n, unit) => `${number(n)} ${unit}${n === 1 ? "" : "s"}`;

  // Theme: set before the page is drawn, and again when the system's preference changes.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const setTheme = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  setTheme();
  dark.addEventListener("change", setTheme);

  // Controls that need this script are hidden until it runs.
  const reveal = () => all("[data-needs-script]").forEach((el) => { el.hidden = false; });

  // Notices. Only what answers a person's own action takes the focus; a refresh never does.
  const notices = () => one("#notice");
  function say(text) {
    if (one("[data-connection]", notices())?.textContent === text) return;
    const box = document.createElement("div");
    box.className = "alert alert-warning";
    box.setAttribute("role", "status");
    box.dataset.connection = "";
    box.textContent = text;
    notices().replaceChildren(box);
  }
  function focusError() {
    const box = one("[data-error]", notices());
    if (!box) return;
    if (!document.title.startsWith("Error: ")) document.title = "Error: " + document.title;
    box.focus();
  }

  // Refreshing: not while the page is hidden, not while switched off, and never again for a part that was refused.
  const refused = new WeakSet();
  const isPoll = (el) => el.hasAttribute("data-poll");
  const switchedOff = () => one("[data-live]")?.checked === false;

  document.addEventListener("htmx:beforeRequest", (event) => {
    const el = event.detail.elt;
    if (isPoll(el) && (document.hidden || switchedOff() || refused.has(el))) event.preventDefault();
  });

  function refreshNow() {
    if (!document.hidden && window.htmx) all("[data-poll]").forEach((el) => htmx.trigger(el, "winnow:refresh"));
  }
  document.addEventListener("visibilitychange", refreshNow);

  // A notice that came from a refresh goes away with the next one that succeeds, unless there will be none.
  function pollFailed(el, status) {
    if ([401, 403, 404, 410].includes(status)) refused.add(el);
    else one("[data-error]", notices())?.setAttribute("data-connection", "");
  }

  let subject = "";
  function showNumbersInTitle() {
    const part = one("[data-title]");
    if (part && subject) document.title = `${part.dataset.title} · ${subject}`;
  }

  document.addEventListener("htmx:afterSwap", () => {
    reveal();
    showNumbersInTitle();
    const live = one("#live");
    if (live) live.hidden = !one("[data-poll]");
    if (one("[data-reload]")) location.reload();
    if (one("#choose")) search();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const link = event.detail.requestConfig?.elt;
    if (link?.matches("a.sort")) history.replaceState(null, "", link.getAttribute("href"));
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, successful } = event.detail;
    if (successful) one("[data-connection]", notices())?.remove();
    else if (isPoll(elt)) pollFailed(elt, xhr.status);
    else if (xhr.status >= 400) focusError();
  });

  document.addEventListener("htmx:sendError", (event) => {
    if (isPoll(event.detail.elt)) say("This page gets no answer from the server and shows the last known figures. Work on the server goes on; the page tries again by itself.");
    else say("The connection broke before the server answered. If this was a file, check that it is within the limit, then send it again.");
    endUpload();
  });

  // What a person opened or ticked belongs to them: a swap must not change it back.
  function keepChoices() {
    if (!window.Idiomorph) return;
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
      !(name === "open" && node.localName === "details") &&
      !(name === "checked" && node.localName === "input") &&
      !(name === "hidden" && node.hasAttribute("data-needs-script"));
  }

  // Upload: progress, dropping a file, and refusing one that is too large before it is sent.
  function size(bytes) {
    const units = [bytes === 1 ? "byte" : "bytes", "kB", "MB", "GB"];
    let u = 0;
    for (; bytes >= 1000 && u < units.length - 1; u++) bytes /= 1000;
    return `${bytes.toLocaleString("en-US", { maximumFractionDigits: bytes < 10 && u > 0 ? 1 : 0 })} ${units[u]}`;
  }

  function showUpload(event) {
    const area = one("[data-upload-progress]", event.target);
    if (!area || !event.detail.lengthComputable || !event.detail.total) return;
    const { loaded, total } = event.detail;
    const percent = Math.floor((100 * loaded) / total);
    area.hidden = false;
    one("progress", area).value = percent;
    one("[data-upload-text]", area).textContent =
      loaded < total ? `${size(loaded)} of ${size(total)} · ${percent} %` : "Sent. The file is being checked.";
  }
  function endUpload() {
    all("[data-upload-progress]").forEach((area) => { area.hidden = true; });
  }
  document.addEventListener("htmx:xhr:progress", (event) => {
    if (event.target.hasAttribute("data-upload")) showUpload(event);
  });
  document.addEventListener("htmx:responseError", endUpload);

  // An upload is answered with a redirect, which the request has followed by now: go where it led.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (!elt.hasAttribute("data-upload") || xhr.status >= 400 || !xhr.responseURL) return;
    const target = new URL(xhr.responseURL);
    if (target.origin !== location.origin || target.pathname === new URL(elt.action).pathname) return;
    event.preventDefault();
    location.assign(target.pathname + target.search);
  });

  function setUpUpload() {
    const form = one("[data-upload]");
    if (!form) return;
    const input = one("input[type=file]", form);
    const drop = one("[data-drop]", form);
    const limit = Number(input.dataset.maxBytes);
    const describe = () => {
      const file = input.files[0];
      const tooLarge = file && limit > 0 && file.size > limit;
      input.setCustomValidity(tooLarge ? `This file is larger than the limit of ${size(limit)}.` : "");
      one("[data-file-facts]", form).textContent = file ? `${file.name}, ${size(file.size)}${tooLarge ? ": larger than the limit" : ""}` : "";
    };
    input.addEventListener("change", describe);
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("drop-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("drop-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("drop-over");
      if (event.dataTransfer.files.length !== 1) {
        one("[data-file-facts]", form).textContent = "Drop one file.";
        return;
      }
      input.files = event.dataTransfer.files;
      describe();
    });
  }

  // Lists: search in place, select all that match, and say what is selected. A row that the search hides stays selected.
  const rows = () => all("[data-list]");
  const box = (row) => one("input[name=list_id]", row);

  function search() {
    const form = one("[data-search=here]");
    const words = form ? one("input[type=search]", form).value.trim().toLowerCase() : "";
    rows().forEach((row) => { row.hidden = !one("label", row).textContent.toLowerCase().includes(words); });
    const shown = rows().filter((row) => !row.hidden).length;
    const label = one("[data-select-all-label]");
    if (form && label) label.textContent = words ? `Select all ${number(shown)} that match “${words}”` : `Select all ${count(shown, "list")}`;
    showSelection();
  }

  function showSelection() {
    const selected = rows().filter((row) => box(row).checked);
    const shown = rows().filter((row) => !row.hidden);
    const hidden = selected.filter((row) => row.hidden).length;
    const members = selected.map((row) => Number(box(row).dataset.members));
    const sum = members.reduce((a, b) => a + b, 0);
    const calls = members.reduce((a, b) => a + Math.ceil(b / 500), 0) + Math.ceil(sum / 500);
    const selectAll = one("[data-select-all]");
    if (!selectAll) return;
    selectAll.checked = shown.length > 0 && shown.every((row) => box(row).checked);
    selectAll.indeterminate = !selectAll.checked && shown.some((row) => box(row).checked);
    one("[data-selected]").textContent = selected.length === 0 ? "No list selected"
      : `${count(selected.length, "list")} selected${hidden ? ` (${number(hidden)} not shown)` : ""}, ${count(sum, "membership")}`;
    one("[data-cost-members]").textContent = selected.length ? `For this selection: at most ${count(calls, "request")}.` : "";
    one("[data-cost-lists]").textContent = selected.length ? `For this selection: ${count(Math.ceil(selected.length / 50), "request")}.` : "";
  }

  function setUpLists() {
    const form = one("#choose");
    if (!form) return;
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-select-all]")) {
        rows().forEach((row) => { if (!row.hidden) box(row).checked = event.target.checked; });
      }
      showSelection();
    });
    const here = one("[data-search=here]");
    here?.addEventListener("input", search);
    here?.addEventListener("submit", (event) => { event.preventDefault(); search(); });
    search();
  }

  // Small things: copy, menu, and a button that cannot be pressed twice.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      const label = one("[data-copy-label]", button);
      try {
        await navigator.clipboard.writeText(one(button.dataset.copy).textContent);
        label.textContent = "Copied";
      } catch {
        label.textContent = "Copying is not allowed here";
      }
    }
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const menu = one("details.menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    one("summary", menu).focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-once")) setTimeout(() => all("button", form).forEach((button) => { button.disabled = true; }));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) all("form[data-once] button").forEach((button) => { button.disabled = false; });
  });

  // htmx notes the page's address for a history that is switched off; a search in it is nobody's business.
  window.addEventListener("load", () => sessionStorage.removeItem("htmx-current-path-for-history"));

  document.addEventListener("DOMContentLoaded", () => {
    subject = document.title.slice(document.title.indexOf(" · ") + 3);
    keepChoices();
    reveal();
    setUpUpload();
    setUpLists();
    one("[data-live]")?.addEventListener("change", (event) => { if (event.target.checked) refreshNow(); });
  });
})();
