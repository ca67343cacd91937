// Looks every other second how far a purchase is, until everything has arrived.
// The server renders it; this only puts what is new in the old one's place.

const awaited = () => document.querySelector("[data-live][data-awaited]") !== null;

const look = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, redirect: "error" });
      if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next look may be luckier.
    }
  }
  if (awaited()) setTimeout(look, 2000);
};

const put = (page) => {
  let changed = false;
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    // Whoever is in there with the keyboard is not thrown out.
    if (!fresh || old.contains(document.activeElement) || old.outerHTML === fresh.outerHTML) continue;
    old.replaceWith(document.adoptNode(fresh));
    changed = true;
  }
  const news = document.querySelector("[data-live-news]");
  if (news && changed) news.textContent = awaited() ? "The stock has changed." : "Everything that was bought has arrived.";
};

if (awaited()) setTimeout(look, 2000);
