// Keeps a shipment's page current. Every event holds the whole shipment, so the page is
// only ever painted from one; without this module a reload shows the same.
const page = document.querySelector("[data-shipment-events]");

const paint = (shipment) => {
  const times = Object.fromEntries(shipment.history.map((step) => [step.status, step.at]));
  let words = shipment.status;
  for (const stage of page.querySelectorAll("[data-stage]")) {
    const at = times[stage.dataset.stage];
    const isCurrent = stage.dataset.stage === shipment.status;
    stage.toggleAttribute("data-done", at !== undefined);
    if (isCurrent) stage.setAttribute("aria-current", "step");
    else stage.removeAttribute("aria-current");
    if (isCurrent) words = stage.querySelector("[data-words]").textContent;
    if (at) {
      const time = stage.querySelector("time");
      time.dateTime = at;
      time.textContent = `${at.slice(11, 19)} UTC`;
    }
  }
  const badge = page.querySelector("[data-shipment-status]");
  if (badge.dataset.status !== shipment.status) page.querySelector("[data-news]").textContent = words;
  badge.dataset.status = shipment.status;
  badge.textContent = words;
  const { x, y } = shipment.destination;
  page.querySelector("[data-destination]").textContent = `${x}, ${y}`;
  if (shipment.truck_id !== null) page.querySelector("[data-truck]").textContent = shipment.truck_id;
  const expected = page.querySelector("[data-expected]");
  const at = shipment.expected_arrival;
  if (expected) expected.textContent = at ? `about ${at.slice(11, 19)} UTC` : shipment.status === "delivered" ? "it is there" : "not known yet";
};

const map = page?.querySelector("[data-parcel-map]");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const ahead = map ? Date.parse(map.dataset.now) - Date.now() : 0;
const NEARLY = 0.97;
const STEP_MS = 1000;
let leg = null;
let moved = 0;

// First along x, then along y.
const towards = (from, to, steps) => {
  const along = (a, b, by) => a + Math.sign(b - a) * Math.min(by, Math.abs(b - a));
  return { x: along(from.x, to.x, steps), y: along(from.y, to.y, Math.max(0, steps - Math.abs(to.x - from.x))) };
};

const placeOf = ({ from, to, since, units_per_second: speed }) => {
  if (!to || !speed) return from;
  const seconds = Math.max(0, Date.now() + ahead - Date.parse(since)) / 1000;
  const way = Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  return towards(from, to, Math.min(seconds * speed, way * NEARLY));
};

const drive = () => {
  const mark = map.querySelector("[data-parcel-truck]");
  const isTime = performance.now() - moved >= STEP_MS;
  if (isTime) moved = performance.now();
  if (leg && (isTime || !calm.matches)) {
    const { left, top, scale } = map.dataset;
    const place = placeOf(leg);
    const [x, y] = [(place.x - Number(left)) * Number(scale), (Number(top) - place.y) * Number(scale)];
    mark.setAttribute("visibility", "visible");
    mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }
  requestAnimationFrame(drive);
};
if (map) requestAnimationFrame(drive);

if (page) {
  const lost = page.querySelector("[data-connection]");
  const events = new EventSource(page.dataset.shipmentEvents);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("shipment", (event) => {
    const shipment = JSON.parse(event.data);
    paint(shipment);
    leg = shipment.truck ?? (shipment.status === "delivered" ? { from: shipment.destination, to: null } : null);
    if (shipment.status === "delivered") events.close();
  });
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
}
