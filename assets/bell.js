// Keeps the bell current. It listens while the page is seen only: browsers allow few streams
// to a site, and a page in the background needs none.
const bell = document.querySelector("[data-bell]");
let events = null;

const paint = ({ unread, newest }) => {
  const count = bell.querySelector("[data-bell-count]");
  const before = Number(count.textContent);
  count.textContent = unread;
  count.hidden = unread === 0;
  bell.setAttribute("aria-label", unread === 0 ? "Notices" : `Notices, ${unread} unread`);
  if (unread > before && newest) document.querySelector("[data-bell-news]").textContent = newest.text;
};

const listen = () => {
  if (events) return;
  events = new EventSource("/notices/events");
  events.addEventListener("notices", (event) => paint(JSON.parse(event.data)));
};

const rest = () => {
  events?.close();
  events = null;
};

if (bell) {
  const attend = () => (document.visibilityState === "visible" ? listen() : rest());
  document.addEventListener("visibilitychange", attend);
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", attend);
}
