// The map of one patch: the patch, the ranges and patches about it, and where its photographs were taken.
import { COLOURS, byClass, canDraw, maplibre, open } from "../../portal/basemap.js";

const only = (what, ...more) => ["all", ["==", ["get", "what"], what], ...more];

const LAYERS = [
  {
    id: "range-line",
    type: "line",
    filter: only("range", ["==", ["get", "kind"], "exact"]),
    paint: { "line-color": "#2c8a4f", "line-width": ["case", ["get", "own"], 3, 1.6] },
  },
  {
    id: "range-schematic",
    type: "line",
    filter: only("range", ["==", ["get", "kind"], "schematic"]),
    paint: { "line-color": "#1f7ac0", "line-width": 2, "line-dasharray": [4, 2] },
  },
  { id: "other-line", type: "line", filter: only("other"), paint: { "line-color": "#7b8791", "line-width": 1.4 } },
  {
    id: "patch-fill",
    type: "fill",
    filter: only("patch"),
    paint: { "fill-color": byClass(COLOURS, COLOURS[""]), "fill-opacity": 0.25 },
  },
  {
    id: "patch-line",
    type: "line",
    filter: only("patch"),
    paint: { "line-color": byClass(COLOURS, COLOURS[""]), "line-width": 2.4 },
  },
  {
    id: "photo",
    type: "circle",
    filter: only("photo"),
    paint: { "circle-radius": 6, "circle-color": "#1f4fc0", "circle-stroke-color": "#fff", "circle-stroke-width": 2 },
  },
];

// A short line in the direction that each photograph looks, about 60 m long.
function bearings(data) {
  const features = [];
  for (const one of data.features) {
    const { what, azimuth } = one.properties;
    if (what !== "photo" || azimuth === null || azimuth === undefined) continue;
    const [lon, lat] = one.geometry.coordinates;
    const angle = (azimuth * Math.PI) / 180;
    const north = (60 * Math.cos(angle)) / 110850;
    const east = (60 * Math.sin(angle)) / (111320 * Math.cos((lat * Math.PI) / 180));
    features.push({
      type: "Feature",
      properties: {},
      geometry: { type: "LineString", coordinates: [[lon, lat], [lon + east, lat + north]] },
    });
  }
  return { type: "FeatureCollection", features };
}

function explain(map, event) {
  const found = map.queryRenderedFeatures(event.point, { layers: LAYERS.map((one) => one.id) });
  if (!found.length) return;
  new maplibre.Popup({ maxWidth: "16rem" }).setLngLat(event.lngLat).setText(found[0].properties.label).addTo(map);
}

async function draw(holder) {
  const frame = holder.closest("[data-map-frame]");
  const without = () => {
    holder.hidden = true;
    frame.querySelector(".map-none").hidden = false;
  };
  if (!canDraw()) return without();
  const answer = await fetch(holder.dataset.patchMap, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) return without();
  const data = await answer.json();
  const [west, south, east, north] = data.bbox;
  const pad = Math.max(east - west, north - south, 0.002) * 0.6;
  const map = open(holder, { bounds: [west - pad, south - pad, east + pad, north + pad] });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 100, unit: "metric" }), "bottom-left");
  map.on("load", () => {
    map.addSource("patch", { type: "geojson", data });
    map.addSource("bearings", { type: "geojson", data: bearings(data) });
    for (const layer of LAYERS) map.addLayer({ ...layer, source: "patch" });
    map.addLayer({ id: "bearing", type: "line", source: "bearings", paint: { "line-color": "#1f4fc0", "line-width": 2 } }, "photo");
    map.on("click", (event) => explain(map, event));
    holder.dataset.ready = "1";
  });
}

for (const holder of document.querySelectorAll("[data-patch-map]")) draw(holder);
