// A click on the checkout's map fills in the place, and the estimate follows. Without this
// module the browser sends the point that was clicked, and the server fills the form in.
const form = document.querySelector("[data-checkout]");
const PAUSE_MS = 300;

const wire = (map, x, y) => {
  const estimate = form.querySelector("[data-estimate]");
  let asked = 0;
  let timer;

  const refresh = async () => {
    if (x.value === "" || y.value === "" || !x.checkValidity() || !y.checkValidity()) return;
    const place = new URLSearchParams({ x: x.value, y: y.value });
    map.src = `/checkout/map.svg?${place}`;
    const mine = ++asked;
    try {
      const answer = await fetch(`/checkout?part=estimate&${place}`);
      const text = await answer.text();
      if (!answer.ok || mine !== asked) return;
      estimate.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    } catch {
      // The order can be placed without an estimate.
    }
  };

  map.addEventListener("click", (event) => {
    event.preventDefault();
    // By keyboard there is no point: the fields are for that.
    if (event.detail === 0) return x.focus();
    const { left, top, scale } = map.dataset;
    const box = map.getBoundingClientRect();
    const unit = (px, size) => (px / size) * map.width / Number(scale);
    x.value = Math.round(Number(left) + unit(event.clientX - box.left, box.width));
    y.value = Math.round(Number(top) - unit(event.clientY - box.top, box.height));
    refresh();
  });
  for (const field of [x, y]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE_MS);
    });
  }
};

if (form) wire(form.querySelector("[data-map]"), form.elements.x, form.elements.y);
