// Counties of a form: [data-division] results are added to the text field [data-divisions]; chosen ones are listed.
const field = document.querySelector("[data-divisions]");
const list = document.querySelector("[data-division-chosen]");

const codes = () => field.value.split(/[、,，;；\s]+/).filter(Boolean);

function write(found) {
  field.value = found.join("、");
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function addRemover(item) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", `× ${item.textContent.trim()}`);
  button.addEventListener("click", () => {
    write(codes().filter((code) => code !== item.dataset.code));
    item.remove();
    field.focus();
  });
  item.append(button);
}

function show(code, name) {
  const item = document.createElement("li");
  item.dataset.code = code;
  item.textContent = `${name} `;
  const sign = document.createElement("code");
  sign.textContent = code;
  item.append(sign);
  addRemover(item);
  list.append(item);
}

if (field && list) {
  for (const item of list.children) addRemover(item);
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-division]");
    if (!chosen || codes().includes(chosen.dataset.division)) return;
    write([...codes(), chosen.dataset.division]);
    show(chosen.dataset.division, chosen.dataset.name);
  });
}
