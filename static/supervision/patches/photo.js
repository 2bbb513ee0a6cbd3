// The photograph form on a phone: place, bearing and time of the device are filled in; what the file says goes first.
const form = document.querySelector("form[data-photo]");

if (form) {
  const status = form.querySelector("[data-photo-status]");
  const field = (name) => form.elements.namedItem(name);
  const typed = new Set();
  for (const name of ["lon", "lat", "azimuth", "taken_at"]) {
    field(name)?.addEventListener("input", () => typed.add(name));
  }
  const fill = (name, value) => {
    const input = field(name);
    if (input && !typed.has(name)) input.value = value;
  };

  if (navigator.geolocation) {
    status.textContent = status.dataset.waiting;
    navigator.geolocation.watchPosition(
      ({ coords }) => {
        fill("lon", coords.longitude.toFixed(7));
        fill("lat", coords.latitude.toFixed(7));
        status.textContent = status.dataset.found.replace("{m}", Math.round(coords.accuracy));
      },
      () => {
        status.textContent = status.dataset.none;
      },
      { enableHighAccuracy: true, maximumAge: 10000, timeout: 30000 },
    );
  } else {
    status.textContent = status.dataset.none;
  }

  const turn = (event) => {
    const heading = event.webkitCompassHeading ?? (event.absolute && event.alpha !== null ? 360 - event.alpha : null);
    if (heading !== null && heading !== undefined) fill("azimuth", (heading % 360).toFixed(1));
  };
  addEventListener("deviceorientationabsolute", turn);
  addEventListener("deviceorientation", turn);

  const local = (moment) => {
    const shifted = new Date(moment.getTime() + 8 * 3600 * 1000);
    return shifted.toISOString().slice(0, 16);
  };
  // A fresh photograph was taken now, here; one out of the album keeps its own time, place and bearing.
  field("photo")?.addEventListener("change", () => fill("taken_at", local(new Date())));
  field("album")?.addEventListener("change", (event) => {
    if (!event.target.files.length) return;
    for (const name of ["lon", "lat", "azimuth"]) fill(name, "");
    fill("taken_at", local(new Date(event.target.files[0].lastModified)));
  });
}
