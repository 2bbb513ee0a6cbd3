// Drawing a responsibility range: click corner by corner, finish a part, draw another; the form gets GeoJSON.
import { canDraw, maplibre, open } from "../../portal/basemap.js";

const EARTH = 6378137;
const frame = document.querySelector("[data-draw-frame]");
const holder = document.getElementById("draw-map");
const field = document.querySelector("[data-drawn]");
const state = document.querySelector("[data-draw-state]");
const read = (id) => JSON.parse(document.getElementById(id).textContent);

const parts = [];
let corners = [];

const closed = (ring) => [...ring, ring[0]];
const rad = (degrees) => (degrees * Math.PI) / 180;

// Area on the sphere, hm²: a guide while drawing; the portal computes the ellipsoidal area.
function hectares(ring) {
  let total = 0;
  for (let at = 0; at < ring.length; at += 1) {
    const [lon1, lat1] = ring[at];
    const [lon2, lat2] = ring[(at + 1) % ring.length];
    total += rad(lon2 - lon1) * (2 + Math.sin(rad(lat1)) + Math.sin(rad(lat2)));
  }
  return Math.abs((total * EARTH * EARTH) / 2) / 10000;
}

function geojson() {
  const rings = [...parts, ...(corners.length > 2 ? [corners] : [])];
  return rings.length ? { type: "MultiPolygon", coordinates: rings.map((ring) => [closed(ring)]) } : null;
}

function start(map, words) {
  map.addSource("drawn", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "drawn-fill", type: "fill", source: "drawn", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#d9730d", "fill-opacity": 0.25 } });
  map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": "#b35600", "line-width": 2 } });
  map.addLayer({ id: "drawn-point", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": "#ffffff", "circle-stroke-color": "#b35600", "circle-stroke-width": 2 } });

  function redraw() {
    const features = parts.map((ring) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [closed(ring)] } }));
    if (corners.length > 2) features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [closed(corners)] } });
    else if (corners.length > 1) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } });
    for (const point of corners) features.push({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } });
    map.getSource("drawn").setData({ type: "FeatureCollection", features });
    const found = geojson();
    field.value = found ? JSON.stringify(found) : "";
    const rings = [...parts, ...(corners.length > 2 ? [corners] : [])];
    const area = rings.reduce((sum, ring) => sum + hectares(ring), 0).toFixed(2);
    if (!rings.length && !corners.length) state.textContent = words.hint;
    else if (!rings.length) state.textContent = words.points.replace("{points}", corners.length);
    else {
      const points = rings.reduce((sum, ring) => sum + ring.length, 0);
      state.textContent = words.area.replace("{area}", area).replace("{points}", points);
      if (rings.length > 1) state.textContent += ` · ${words.parts.replace("{parts}", rings.length)}`;
    }
  }

  map.on("click", (event) => {
    corners.push([Number(event.lngLat.lng.toFixed(7)), Number(event.lngLat.lat.toFixed(7))]);
    redraw();
  });
  const tools = {
    finish() {
      if (corners.length > 2) parts.push(corners);
      corners = [];
    },
    undo() {
      if (corners.length) corners.pop();
      else if (parts.length) corners = parts.pop();
    },
    clear() {
      parts.length = 0;
      corners = [];
    },
  };
  for (const button of document.querySelectorAll("[data-draw]")) {
    button.addEventListener("click", () => {
      tools[button.dataset.draw]();
      redraw();
    });
  }
  if (field.value) {
    try {
      for (const polygon of JSON.parse(field.value).coordinates) parts.push(polygon[0].slice(0, -1));
    } catch {
      field.value = "";
    }
  }
  redraw();
  holder.dataset.ready = "1";
}

const words = read("draw-words");
if (!canDraw()) {
  frame.hidden = true;
  state.textContent = words.nowebgl;
} else {
  const map = open(holder, { bounds: read("draw-bounds") });
  map.doubleClickZoom.disable();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 100, unit: "metric" }), "bottom-left");
  map.on("load", () => start(map, words));
}
