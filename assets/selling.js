// Looks every other second how far a purchase is, until everything has arrived.
// The server renders it; this only puts the new stock in the old one's place.

const look = async () => {
  const old = document.querySelector("[data-stock]");
  if (!old?.hasAttribute("data-awaited")) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, redirect: "error" });
      if (answer.ok) put(old, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next look may be luckier.
    }
  }
  setTimeout(look, 2000);
};

const put = (old, page) => {
  const fresh = page.querySelector("[data-stock]");
  // Whoever is in there with the keyboard is not thrown out.
  if (!fresh || old.contains(document.activeElement) || old.innerHTML === fresh.innerHTML) return;
  old.replaceWith(document.adoptNode(fresh));
  const news = document.querySelector("[data-stock-news]");
  if (news) news.textContent = fresh.hasAttribute("data-awaited") ? "The stock has changed." : "Everything that was bought has arrived.";
};

setTimeout(look, 2000);
