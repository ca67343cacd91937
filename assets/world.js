// Keeps a world's page current and its trucks moving. Every event holds the whole map;
// between two of them a truck's place follows from its way. Without this module a reload
// shows the same.
const page = document.querySelector("[data-world-events]");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const REDRAW_PAUSE_MS = 2000;

let seen = null; // The last event, and when it came.
let drawn = { drawing: null }; // The marks of the map that is shown.
let redrawn = 0;
let isRedrawing = false;

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

const classOf = (status) =>
  ({ TRAVELING: "traveling", "ARRIVE WAREHOUSE": "waiting", LOADING: "loading", DELIVERING: "delivering" })[status] ?? "idle";

// First along x, then along y, at an even pace.
const placeOf = (truck, nowUs) => {
  if (!truck.way) return truck;
  const { from, to, set_off_us, arrival_us } = truck.way;
  const whole = arrival_us - set_off_us;
  const share = whole > 0 ? Math.min(1, Math.max(0, (nowUs - set_off_us) / whole)) : 1;
  const alongX = Math.abs(to.x - from.x);
  const steps = share * (alongX + Math.abs(to.y - from.y));
  const towards = (a, b, by) => a + Math.sign(b - a) * Math.min(by, Math.abs(b - a));
  return { x: towards(from.x, to.x, steps), y: towards(from.y, to.y, Math.max(0, steps - alongX)) };
};

const nowUs = () => seen.world.now_us + (performance.now() - seen.cameAt) * 1000;

// `all`: also what stands still, for an event; otherwise only what moves.
const place = (all) => {
  const drawing = map();
  if (!drawing || !seen) return;
  const frame = frameOf(drawing);
  const marks = marksOf(drawing);
  const now = nowUs();
  for (const truck of seen.trucks) {
    if (!all && !truck.way) continue;
    const mark = marks.trucks.get(truck.id);
    const way = marks.ways.get(truck.id);
    if (!mark || !way) continue;
    const at = placeOf(truck, now);
    const [x, y] = [frame.x(at.x).toFixed(1), frame.y(at.y).toFixed(1)];
    mark.setAttribute("transform", `translate(${x} ${y})`);
    if (truck.way) way.setAttribute("d", `M${x} ${y}H${frame.x(truck.way.to.x).toFixed(1)}V${frame.y(truck.way.to.y).toFixed(1)}`);
    else way.removeAttribute("d");
    if (all) mark.dataset.status = classOf(truck.status);
  }
};

const isOnMap = (drawing) => {
  const frame = frameOf(drawing);
  const { width, height } = drawing.viewBox.baseVal;
  return seen.trucks.every(({ way }) => {
    if (!way) return true;
    const [x, y] = [frame.x(way.to.x), frame.y(way.to.y)];
    return x >= 0 && y >= 0 && x <= width && y <= height;
  });
};

const needsRedrawing = () => {
  const drawing = page.querySelector("[data-map]");
  const { warehouses, trucks } = seen.world;
  if (Number(drawing.dataset.warehouses) !== warehouses || Number(drawing.dataset.trucks) !== trucks) return true;
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

const clock = (us) => {
  const ms = Math.floor(us / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(ms / 86_400_000);
  const text = `${two(Math.floor(ms / 3_600_000) % 24)}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
  return days > 0 ? `${days}d ${text}` : text;
};

const paint = (event) => {
  seen = { ...event, cameAt: performance.now() };
  for (const [status, count] of Object.entries(event.world.packages)) {
    page.querySelector(`[data-count="${status}"]`).textContent = count.toLocaleString("en-US");
  }
  for (const counter of page.querySelectorAll("[data-tally]")) {
    const count = counter.dataset.tally.split(".").reduce((of, name) => of?.[name], event.world);
    if (count !== undefined) counter.textContent = count.toLocaleString("en-US");
  }
  page.querySelector("[data-speed]").textContent = event.world.simspeed.toLocaleString("en-US");
  for (const [side, name] of [["amazon", "Amazon"], ["ups", "UPS"]]) {
    const badge = page.querySelector(`[data-link="${side}"] .status`);
    const isOn = event.world[side].connected;
    badge.dataset.status = isOn ? "on" : "off";
    badge.textContent = `${name} ${isOn ? "connected" : "not connected"}`;
  }
  if (needsRedrawing()) redraw();
  place(true);
};

const move = () => {
  if (seen) {
    if (!calm.matches) place(false);
    page.querySelector("[data-now]").textContent = clock(nowUs());
  }
  requestAnimationFrame(move);
};

if (page) {
  const lost = page.querySelector("[data-connection]");
  const events = new EventSource(page.dataset.worldEvents);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("world", (event) => paint(JSON.parse(event.data)));
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  requestAnimationFrame(move);
}
