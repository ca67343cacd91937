// Keeps parts of the admins' pages current, follows messages, and lets a place and a speed
// be chosen by pointing. What comes is rendered by the server, and the pages are complete
// without this module.
const SHOWN_MAX = 200;

const listen = (path, handlers) => {
  const events = new EventSource(path);
  for (const [name, handle] of Object.entries(handlers)) {
    events.addEventListener(name, (event) => handle(event.data));
  }
  window.addEventListener("pagehide", () => events.close());
  return events;
};

// Kept as it was left, and shown again: its streams are over, so it would be silently old.
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });

for (const part of document.querySelectorAll("[data-live]")) {
  listen(part.dataset.live, { part: (html) => { part.innerHTML = html; } });
}

for (const hint of document.querySelectorAll("[data-needs-script]")) hint.hidden = false;

const list = document.querySelector("[data-follow]");
if (list) {
  const leftOut = document.querySelector("[data-left-out]");
  const follow = () => listen(list.dataset.follow, {
    message: (html) => {
      document.querySelector("[data-empty]")?.remove();
      list.hidden = false;
      list.insertAdjacentHTML("afterbegin", html);
      while (list.children.length > SHOWN_MAX) list.lastElementChild.remove();
    },
    left_out: () => { leftOut.hidden = false; },
  });
  let events = follow();
  document.querySelector("[data-follow-switch]").addEventListener("change", (event) => {
    events.close();
    if (event.target.checked) events = follow();
  });
}

const slider = document.querySelector("[data-slides]");
if (slider) {
  const number = document.getElementById(slider.dataset.slides);
  slider.addEventListener("input", () => { number.value = Math.round(10 ** (slider.value / 10)); });
  number.addEventListener("input", () => {
    if (number.value > 0) slider.value = Math.round(Math.log10(number.value) * 10);
  });
}

const chart = document.querySelector("[data-chart]");
if (chart) {
  const { left, top, scale } = Object.fromEntries(
    ["left", "top", "scale"].map((name) => [name, Number(chart.dataset[name])]),
  );
  const [x, y] = ["x", "y"].map((id) => document.getElementById(id));
  const chosen = chart.querySelector("[data-chosen]");
  const show = () => {
    const isPlace = x.value !== "" && y.value !== "";
    chosen.toggleAttribute("hidden", !isPlace);
    chosen.setAttribute("cx", (Number(x.value) - left) * scale);
    chosen.setAttribute("cy", (top - Number(y.value)) * scale);
  };
  chart.toggleAttribute("data-ready", true);
  chart.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    x.value = Math.round(at.x / scale + left);
    y.value = Math.round(top - at.y / scale);
    show();
  });
  for (const field of [x, y]) field.addEventListener("input", show);
  show();
}
