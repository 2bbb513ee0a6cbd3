// The map page: layers by filter, click to open, search, and an address that says what is shown.
import { addSigns, canDraw, maplibre, open, sourceOf, workLayers } from "./basemap.js";

const config = JSON.parse(document.getElementById("map-config").textContent);
const holder = document.getElementById("map");
const panel = document.getElementById("map-panel");
const form = document.getElementById("map-filters");
const LAYERS = ["ranges", "patches", "spoil-sites"];
const CLICKABLE = ["patches-sign", "patches-far-sign", "patches-fill", "patches-far", "spoil-sites-sign", "ranges-fill", "ranges-far"];

// --- what is asked for -------------------------------------------------------------------------------------------------
function asked() {
  const query = new URLSearchParams();
  if (!form) return query;
  const data = new FormData(form);
  const classes = data.getAll("class");
  for (const [key, value] of data) if (key !== "class" && value) query.append(key, value);
  if (classes.length && classes.length < config.classes.length) for (const one of classes) query.append("class", one);
  return query;
}

let map = null;
let chosen = null;

function start() {
  if (!canDraw()) {
    holder.hidden = true;
    document.getElementById("map-none").hidden = false;
    document.querySelector(".map-search").hidden = true;
    document.querySelector(".map-frame").classList.add("map-frame-none");
    return;
  }
  const view = /^#(\d+(?:\.\d+)?)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
  map = open(holder, config);
  if (view) map.jumpTo({ zoom: Number(view[1]), center: [Number(view[3]), Number(view[2])] });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 100, unit: "metric" }), "bottom-left");
  window.portalMap = map;
  map.on("load", () => {
    if (!config.inside) return showZones(true);
    addSigns(map);
    for (const layer of LAYERS) map.addSource(layer, sourceOf(layer, asked().toString()));
    for (const layer of workLayers(config)) map.addLayer(layer);
    for (const box of document.querySelectorAll("[data-layer]")) toggle(box);
    holder.dataset.ready = "1";
  });
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter();
    history.replaceState(null, "", `${location.pathname}${location.search}#${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
  });
  let told = false;
  map.on("error", (event) => {
    if (told || !event.error?.status) return;
    told = true;
    document.getElementById("live").textContent = config.words.failed;
  });
  map.on("click", clicked);
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = at(event.point) ? "pointer" : "";
  });
}

const at = (point) => {
  const known = CLICKABLE.filter((id) => map.getLayer(id));
  if (!known.length) return null;
  const found = map.queryRenderedFeatures([[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]], { layers: known });
  return found.sort((a, b) => known.indexOf(a.layer.id) - known.indexOf(b.layer.id))[0] ?? null;
};

function clicked(event) {
  const feature = at(event.point);
  if (!feature) return close();
  if (feature.properties.n > 1) {
    map.easeTo({ center: feature.geometry.coordinates, zoom: map.getZoom() + 2 });
    return;
  }
  choose(feature.source, feature.id);
}

function choose(layer, id) {
  unchoose();
  chosen = { source: layer, sourceLayer: layer, id };
  if (map?.getSource(layer)) map.setFeatureState(chosen, { selected: true });
  panel.hidden = false;
  window.htmx
    .ajax("GET", config.object.replace("/layer/0/", `/${layer}/${id}/`), { target: panel, swap: "innerHTML" })
    .then(() => panel.focus({ preventScroll: true }));
}

function unchoose() {
  if (chosen && map?.getSource(chosen.source)) map.removeFeatureState(chosen, "selected");
  chosen = null;
}

function close() {
  unchoose();
  panel.hidden = true;
  panel.replaceChildren();
}

panel?.addEventListener("click", (event) => event.target.closest("[data-close-panel]") && close());
document.addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && close());

// --- filters: the address, the tiles, the list ---------------------------------------------------------------------------
function apply() {
  const query = asked().toString();
  history.replaceState(null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
  for (const layer of LAYERS) map?.getSource(layer)?.setTiles(sourceOf(layer, query).tiles);
  window.htmx.ajax("GET", `${config.list}?${query}`, { target: "#map-beside", swap: "innerHTML" });
}

if (form) {
  document.getElementById("map-apply").hidden = true;
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-layer]")) return toggle(event.target);
    if (event.target.form === form) apply();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
}

function toggle(box) {
  if (!map) return;
  if (box.dataset.layer === "zones") return showZones(box.checked);
  for (const layer of map.getStyle().layers)
    if (layer.source === box.dataset.layer) map.setLayoutProperty(layer.id, "visibility", box.checked ? "visible" : "none");
}

function showZones(on) {
  for (const id of ["zones-fill", "zones-line"]) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
  holder.dataset.ready = "1";
}

// --- search and list ---------------------------------------------------------------------------------------------------------
const found = document.getElementById("map-found");
found.addEventListener("click", (event) => {
  const box = event.target.closest("[data-box]")?.dataset.box;
  if (!box || !map) return;
  const [west, south, east, north] = box.split(",").map(Number);
  map.fitBounds([[west, south], [east, north]], { padding: 48, maxZoom: 15 });
  found.hidden = true;
});
for (const kind of ["focus", "input"]) document.getElementById("map-q").addEventListener(kind, () => (found.hidden = false));

start();
