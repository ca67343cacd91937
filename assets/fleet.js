// Keeps the fleet's page current and its trucks driving. Every event holds the whole fleet;
// between two of them a truck's place follows from its way and from how fast the latest were.
// Without this module a reload shows how far they are in words.
const page = document.querySelector("[data-fleet-events]");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const REDRAW_PAUSE_MS = 2000;

let seen = null; // The last event.
let drawn = { drawing: null }; // The marks of the map that is shown.
let redrawn = 0;
let isRedrawing = false;

const classes = { to_warehouse: "traveling", at_warehouse: "waiting", delivering: "delivering" };
const words = { to_warehouse: "On its way to a warehouse", at_warehouse: "At a warehouse", delivering: "Delivering" };

const map = () => page.querySelector("svg[data-map]");

// Found once a drawing, and not each time that one of hundreds moves a bit.
const marksOf = (drawing) => {
  if (drawn.drawing !== drawing) {
    const by = (name) => new Map([...drawing.querySelectorAll(`[data-${name}]`)].map((mark) => [Number(mark.dataset[name]), mark]));
    drawn = { drawing, trucks: by("truck"), ways: by("way") };
  }
  return drawn;
};

const frameOf = ({ dataset }) => {
  const [left, top, scale, margin] = [dataset.left, dataset.top, dataset.scale, dataset.margin].map(Number);
  return { x: (x) => (x - left) * scale + margin, y: (y) => (top - y) * scale + margin };
};

// First along x, then along y, at an even pace; not further than where it goes.
const placeOf = ({ at, to, since }) => {
  if (!to || !since || !seen.units_per_second) return at;
  const steps = Math.max(0, (Date.now() - Date.parse(since)) / 1000) * seen.units_per_second;
  const alongX = Math.abs(to.x - at.x);
  const towards = (a, b, by) => a + Math.sign(b - a) * Math.min(by, Math.abs(b - a));
  return { x: towards(at.x, to.x, steps), y: towards(at.y, to.y, Math.max(0, steps - alongX)) };
};

// `all`: also what stands still, for an event; otherwise only what moves.
const place = (all) => {
  const drawing = map();
  if (!drawing || !seen) return;
  const frame = frameOf(drawing);
  const marks = marksOf(drawing);
  for (const truck of seen.trucks) {
    if (!all && !truck.to) continue;
    const mark = marks.trucks.get(truck.id);
    const way = marks.ways.get(truck.id);
    if (!mark || !way) continue;
    const at = placeOf(truck);
    const [x, y] = [frame.x(at.x).toFixed(1), frame.y(at.y).toFixed(1)];
    mark.setAttribute("transform", `translate(${x} ${y})`);
    if (truck.to) way.setAttribute("d", `M${x} ${y}H${frame.x(truck.to.x).toFixed(1)}V${frame.y(truck.to.y).toFixed(1)}`);
    else way.removeAttribute("d");
    if (all) mark.dataset.status = classes[truck.status] ?? "idle";
  }
};

const isOnMap = (drawing) => {
  const frame = frameOf(drawing);
  const { width, height } = drawing.viewBox.baseVal;
  return seen.trucks.every(({ at, to }) => [at, to ?? at].every((it) => {
    const [x, y] = [frame.x(it.x), frame.y(it.y)];
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }));
};

const needsRedrawing = () => {
  const drawing = page.querySelector("[data-map]");
  const { trucks, warehouses } = drawing.dataset;
  if (Number(trucks) !== seen.trucks.length || Number(warehouses) !== seen.warehouses.length) return true;
  return map() !== null && !isOnMap(map());
};

// Where something new came, or a truck leaves the map, the server draws another one.
const redraw = async () => {
  if (isRedrawing || performance.now() - redrawn < REDRAW_PAUSE_MS) return;
  isRedrawing = true;
  try {
    const answer = await fetch(page.dataset.mapFragment);
    if (answer.ok) {
      const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
      page.querySelector("[data-map-place]").replaceChildren(...fragment.body.childNodes);
      place(true);
    }
  } catch {
    // The next event tries again.
  }
  redrawn = performance.now();
  isRedrawing = false;
};

const text = (row, cell, content) => { row.querySelector(`[data-cell=${cell}]`).textContent = content; };
const point = (it) => (it ? `${it.x}, ${it.y}` : "–");

// The table says the same in words, as far as its part of the trucks goes.
const tell = () => {
  const trucks = new Map(seen.trucks.map((truck) => [truck.id, truck]));
  for (const row of document.querySelectorAll("[data-row]")) {
    const truck = trucks.get(Number(row.dataset.row));
    if (!truck) continue;
    row.querySelector("[data-cell=status] .dot").dataset.status = classes[truck.status] ?? "idle";
    row.querySelector("[data-words]").textContent = words[truck.status] ?? "Idle";
    text(row, "at", point(truck.at));
    text(row, "to", point(truck.to));
    text(row, "since", truck.since ? `${truck.since.slice(0, 10)} ${truck.since.slice(11, 19)} UTC` : "–");
    const cell = row.querySelector("[data-cell=shipment]");
    if (truck.shipment_id === null) {
      cell.textContent = "–";
    } else {
      const link = document.createElement("a");
      link.href = `/staff/shipments/${truck.shipment_id}`;
      link.textContent = truck.shipment_id;
      cell.replaceChildren(link);
    }
  }
};

const move = () => {
  if (seen && !calm.matches) place(false);
  requestAnimationFrame(move);
};

if (page) {
  const lost = page.querySelector("[data-connection]");
  const events = new EventSource(page.dataset.fleetEvents);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("fleet", (event) => {
    seen = JSON.parse(event.data);
    if (needsRedrawing()) redraw();
    place(true);
    tell();
  });
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  requestAnimationFrame(move);
}
