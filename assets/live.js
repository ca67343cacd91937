// Keeps an order's page current. Every event holds the whole order, so the page is
// only ever painted from one; without this module a reload shows the same.
const page = document.querySelector("[data-order-events]");

const paintStatus = (badge, status, words) => {
  badge.dataset.status = status;
  badge.textContent = words;
};

const wordsOf = (status) => {
  const stage = page.querySelector(`[data-stage="${status}"] [data-words]`);
  return stage ? stage.textContent : status === "cancelled" ? "Cancelled" : status;
};

const paintTimeline = (section, order) => {
  const times = Object.fromEntries(order.history.map((past) => [past.event, past.at]));
  const stages = [...section.querySelectorAll("[data-stage]")];
  const reached = stages.findIndex((stage) => stage.dataset.stage === order.status);
  stages.forEach((stage, nth) => {
    stage.toggleAttribute("data-done", nth <= reached);
    if (nth === reached) stage.setAttribute("aria-current", "step");
    else stage.removeAttribute("aria-current");
    const at = times[stage.dataset.stage];
    if (at) {
      const time = stage.querySelector("time");
      time.dateTime = at;
      time.textContent = `${at.slice(11, 19)} UTC`;
    }
  });
};

const paintTracking = (place, { tracking_number, tracking_url }) => {
  if (!tracking_number || place.textContent === tracking_number) return;
  const link = document.createElement("a");
  link.href = tracking_url;
  link.textContent = tracking_number;
  place.replaceChildren(link);
};

const placeIn = ({ x, y }) => `${x}, ${y}`;

// Where it goes, and what became of a wish to send it elsewhere.
const paintPlace = (section, { destination, asked_destination: asked, redirect_refusal: refusal }) => {
  const part = (name) => section.querySelector(`[data-${name}]`);
  part("to").textContent = placeIn(destination);
  part("asked").hidden = !asked;
  if (asked) part("asked-place").textContent = placeIn(asked);
  part("refusal").hidden = !refusal;
  if (refusal) part("refusal-words").textContent = refusal;
};

const paintPackage = (section, parcel) => {
  const badge = section.querySelector("[data-package-status]");
  const isNews = badge.dataset.status !== parcel.status;
  paintStatus(badge, parcel.status, wordsOf(parcel.status));
  section.querySelector("[data-back-order]").hidden = parcel.in_stock;
  if (parcel.truck_id !== null) section.querySelector("[data-truck]").textContent = parcel.truck_id;
  paintTracking(section.querySelector("[data-tracking]"), parcel);
  paintPlace(section, parcel);
  paintTimeline(section, parcel);
  return isNews ? `Package ${parcel.id}: ${wordsOf(parcel.status)}.` : "";
};

// What can be done until a package is so far; the server decides, and says so.
const ORDER_OF = ["created", "packing", "packed", "loading", "loaded", "delivering", "delivered", "cancelled"];
const paintDeeds = (order) => {
  for (const deed of page.querySelectorAll("[data-until]")) {
    const last = ORDER_OF.indexOf(deed.dataset.until);
    deed.hidden = order.packages.every(({ status }) => ORDER_OF.indexOf(status) > last);
  }
};

const isOver = (parcel) => parcel.status === "delivered" || parcel.status === "cancelled";

if (page) {
  const lost = page.querySelector("[data-connection]");
  const events = new EventSource(page.dataset.orderEvents);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("order", (event) => {
    const order = JSON.parse(event.data);
    page.dispatchEvent(new CustomEvent("order", { detail: order }));
    const news = order.packages.map((parcel) => {
      const section = page.querySelector(`[data-package="${parcel.id}"]`);
      return section ? paintPackage(section, parcel) : location.reload();
    });
    paintDeeds(order);
    paintStatus(page.querySelector("[data-order-status]"), order.status, wordsOf(order.status));
    const words = news.filter(Boolean).join(" ");
    if (words) page.querySelector("[data-news]").textContent = words;
    if (order.packages.every(isOver)) events.close();
  });
  window.addEventListener("pagehide", () => events.close());
  // Kept as it was left, and shown again: its stream is over, so it would be silently old.
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
}
