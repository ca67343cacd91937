// Asks where an order's trucks are, now and then, while somebody looks. Where the carrier does
// not tell, or nobody answers, nothing is known.
const ASK_EVERY_MS = 2000;

// Calls heard with a map from package to what the carrier says of its truck.
export const askForTrucks = (path, isWanted, heard) => {
  const ask = async () => {
    if (isWanted() && !document.hidden) {
      try {
        const answer = await fetch(path, { headers: { accept: "application/json" }, redirect: "error" });
        const { items } = answer.ok ? await answer.json() : { items: [] };
        heard(new Map(items.map((truck) => [truck.package_id, truck])));
      } catch {
        heard(new Map());
      }
    }
    setTimeout(ask, ASK_EVERY_MS);
  };
  ask();
};
