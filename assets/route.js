// Moves the trucks on an order's map: as the carrier tells, or, where it does not, by a guess: a
// truck on the road is about as far as those before it were after that time. Without this module
// a reload shows the guess.
import { askForTrucks } from "/assets/trucks.js";

const page = document.querySelector("[data-order-events]");
const map = page?.querySelector("[data-route-map]");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const NEARLY = 0.97;
const AT_DEPOT = ["loading", "loaded"];
const WORDS_EVERY_MS = 1000;

const ahead = map ? Date.parse(map.dataset.now) - Date.now() : 0;
const pointOf = ({ x, y }) => {
  const { left, top, scale } = map.dataset;
  return { x: ((x - Number(left)) * Number(scale)).toFixed(1), y: ((Number(top) - y) * Number(scale)).toFixed(1) };
};

const stepsBetween = (a, b) => Math.abs(b.x - a.x) + Math.abs(b.y - a.y);

// First along x, then along y.
const towards = (from, to, steps) => {
  const along = (a, b, by) => a + Math.sign(b - a) * Math.min(by, Math.abs(b - a));
  return { x: along(from.x, to.x, steps), y: along(from.y, to.y, Math.max(0, steps - Math.abs(to.x - from.x))) };
};

const unitsDriven = (since, unitsPerS) => (Math.max(0, Date.now() + ahead - Date.parse(since)) / 1000) * unitsPerS;
const guessedPace = () => 1e6 / Number(map.dataset.paceUs);

// Where a truck is that drives, or stands, as the carrier tells; never quite there unheard.
const placeTold = ({ from, to, since, units_per_second: pace }) => {
  if (!to) return from;
  return towards(from, to, Math.min(unitsDriven(since, pace ?? guessedPace()), stepsBetween(from, to) * NEARLY));
};

// Where the truck is by what we know ourselves; null: it has none, or one that is elsewhere.
const placeGuessed = (parcel, { from, to }) => {
  const when = (event) => parcel.history.find((past) => past.event === event)?.at;
  if (parcel.status === "delivered") return to;
  if (AT_DEPOT.includes(parcel.status) || (parcel.status === "packed" && when("truck_arrived"))) return from;
  if (parcel.status !== "delivering") return null;
  return towards(from, to, Math.min(unitsDriven(when("delivering"), guessedPace()), stepsBetween(from, to) * NEARLY));
};

const isOver = ({ status }) => status === "delivered" || status === "cancelled";

// What the carrier says of each package's truck.
let told = new Map();

const legOf = (parcel) => (isOver(parcel) ? undefined : told.get(parcel.id));

const wordsOf = (parcel, place, { from, to }, depot) => {
  const leg = legOf(parcel);
  const truck = parcel.truck_id === null ? "A truck" : `Truck ${parcel.truck_id}`;
  if (parcel.status === "delivered") return `${truck} has brought it to ${to.x}, ${to.y}.`;
  if (parcel.status === "cancelled") return `It stays at ${depot}.`;
  if (parcel.status === "delivering" && place) {
    const detour = leg?.to && stepsBetween(leg.to, to) > 0 ? ", with a stop elsewhere first" : "";
    return `${truck} is on its way from ${depot} to ${to.x}, ${to.y}${detour}: about ${Math.round(stepsBetween(place, to))} units to go.`;
  }
  if (leg?.to && !AT_DEPOT.includes(parcel.status)) {
    return `It is at ${depot}; ${truck.replace("A", "a").replace("T", "t")} is on its way there: about ${Math.round(stepsBetween(place, from))} units to go.`;
  }
  if (place) return `${truck} is at ${depot}.`;
  const isComing = parcel.history.some((past) => past.event === "truck_dispatched");
  return isComing ? `It is at ${depot}; ${truck.replace("A", "a").replace("T", "t")} is on its way there.` : `It is at ${depot}, and waits for a truck.`;
};

let order = null;
let said = 0;

const routeOf = ({ dataset }) => {
  const [fromX, fromY, toX, toY] = [dataset.fromX, dataset.fromY, dataset.toX, dataset.toY].map(Number);
  return { from: { x: fromX, y: fromY }, to: { x: toX, y: toY } };
};

// Where a package is sent elsewhere, its way ends there.
const readdress = ({ id, destination }, mark) => {
  const { from, to } = routeOf(mark);
  if (!destination || (destination.x === to.x && destination.y === to.y)) return;
  [mark.dataset.toX, mark.dataset.toY] = [destination.x, destination.y];
  const [begin, end] = [pointOf(from), pointOf(destination)];
  map.querySelector(`[data-way="${id}"]`)?.setAttribute("d", `M${begin.x} ${begin.y}H${end.x}V${end.y}`);
};

// Whether what the map shows is told by the carrier.
const paintSource = (isTold) => {
  page.querySelector("[data-told]").hidden = !isTold;
  page.querySelector("[data-guessed]").hidden = isTold;
};

const paint = (withWords) => {
  const isTold = [];
  for (const parcel of order.packages) {
    const mark = map.querySelector(`[data-route="${parcel.id}"]`);
    if (!mark) continue;
    readdress(parcel, mark);
    const route = routeOf(mark);
    const leg = legOf(parcel);
    const place = leg ? placeTold(leg) : placeGuessed(parcel, route);
    mark.setAttribute("visibility", place ? "visible" : "hidden");
    if (place) {
      if (!isOver(parcel)) isTold.push(leg !== undefined);
      mark.toggleAttribute("data-is-told", leg !== undefined);
      const { x, y } = pointOf(place);
      mark.setAttribute("transform", `translate(${x} ${y})`);
    }
    const words = withWords && page.querySelector(`[data-package="${parcel.id}"] [data-where]`);
    if (words) words.textContent = wordsOf(parcel, place, route, words.dataset.depot);
  }
  if (withWords) paintSource(isTold.length > 0 && isTold.every(Boolean));
};

const move = () => {
  if (order) {
    const isTime = performance.now() - said >= WORDS_EVERY_MS;
    if (isTime) said = performance.now();
    if (isTime || !calm.matches) paint(isTime);
  }
  requestAnimationFrame(move);
};

if (map) {
  page.addEventListener("order", (event) => {
    order = event.detail;
    paint(true);
  });
  const isDriven = (parcel) => !isOver(parcel) && parcel.truck_id !== null;
  const isWanted = () => order !== null && order.packages.some(isDriven);
  askForTrucks(map.dataset.trucks, isWanted, (heard) => {
    told = heard;
    if (order) paint(true);
  });
  requestAnimationFrame(move);
}
