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
};

if (page) {
  const lost = page.querySelector("[data-connection]");
  const events = new EventSource(page.dataset.shipmentEvents);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => { lost.hidden = false; });
  events.addEventListener("shipment", (event) => {
    const shipment = JSON.parse(event.data);
    paint(shipment);
    if (shipment.status === "delivered") events.close();
  });
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
}
