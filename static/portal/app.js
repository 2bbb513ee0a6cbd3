// What every page does: the CSRF header of htmx, confirmation dialogs, unsaved changes, rows that open, messages.

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const toasts = document.getElementById("toasts");

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
});

// --- messages -------------------------------------------------------------------------------------------------
function toast(text, kind = "danger") {
  if (!toasts || !text) return;
  const box = document.createElement("div");
  box.className = `alert alert-${kind} alert-dismissible toast-alert`;
  box.setAttribute("role", kind === "danger" ? "alert" : "status");
  box.append(text);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", toasts.dataset.close);
  close.addEventListener("click", () => box.remove());
  box.append(close);
  toasts.append(box);
  setTimeout(() => box.remove(), 12000);
}

document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const html = answer.responseText.includes("refused-list")
    ? new DOMParser().parseFromString(answer.responseText, "text/html")
    : null;
  const faults = html ? [...html.querySelectorAll(".refused-list li")].map((one) => one.textContent.trim()) : [];
  toast(faults.join("；") || toasts.dataset.failed);
});
document.addEventListener("portal:toast", (event) => toast(event.detail.text, event.detail.kind));
document.addEventListener("htmx:sendError", () => toast(toasts.dataset.offline));

// --- "are you sure": data-confirm on a form or a button, hx-confirm on anything htmx ------------------------------
const dialog = document.getElementById("confirm");

function ask(question) {
  if (!dialog?.showModal) return Promise.resolve(false);
  document.getElementById("confirm-text").textContent = question;
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = (event) => {
      const button = event.target.closest("button");
      if (event.type === "click" && !button) return;
      dialog.removeEventListener("click", answer);
      dialog.removeEventListener("close", answer);
      if (dialog.open) dialog.close();
      resolve(button?.value === "yes");
    };
    dialog.addEventListener("click", answer);
    dialog.addEventListener("close", answer);
  });
}

const confirmed = new WeakSet();
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const button = event.submitter;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (!question || confirmed.has(form)) {
      confirmed.delete(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question).then((yes) => {
      if (!yes) return;
      confirmed.add(form);
      form.requestSubmit(button ?? undefined);
    });
  },
  true,
);
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
});

// --- one click, one submission -------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target === "_blank" || "again" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// --- unsaved changes: form[data-guard] -----------------------------------------------------------------------------
const changed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  for (const form of changed) if (form.isConnected) event.preventDefault();
});

// --- rows that open, filters that apply themselves, back and print buttons ------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) return history.back();
  if (event.target.closest("[data-print]")) return window.print();
  const row = event.target.closest("[data-href]");
  if (!row || event.target.closest("a, button, input, select, textarea, label, summary")) return;
  if (String(getSelection())) return;
  if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
});
document.addEventListener("change", (event) => {
  event.target.closest?.("form[data-autosubmit]")?.requestSubmit();
});

// --- tables on a narrow screen: each row a card, each cell with the name of its column -------------------------------
function stack(root = document) {
  for (const table of root.querySelectorAll(".table-responsive > .table:not([data-wide])")) {
    const names = [...table.querySelectorAll(":scope > thead th")].map((head) => head.textContent.trim());
    if (!names.length) continue;
    table.setAttribute("role", "table");
    for (const row of table.rows) {
      row.setAttribute("role", "row");
      [...row.cells].forEach((cell, at) => {
        cell.setAttribute("role", cell.tagName === "TH" ? (row.parentElement.tagName === "THEAD" ? "columnheader" : "rowheader") : "cell");
        if (cell.tagName === "TD" && names[at] && cell.colSpan === 1) cell.dataset.label = names[at];
      });
    }
    for (const part of [table.tHead, ...table.tBodies]) part?.setAttribute("role", "rowgroup");
    table.classList.add("stacked");
  }
}
stack();
document.addEventListener("htmx:load", (event) => stack(event.detail.elt));

// --- sizes that only the server knows: width of bars, without inline styles ------------------------------------------
function measure(root = document) {
  for (const bar of root.querySelectorAll("[data-width]")) bar.style.width = `${Number(bar.dataset.width)}%`;
}
measure();
document.addEventListener("htmx:load", (event) => measure(event.detail.elt));
