// The quiet base map from the portal's own boundaries, and the signs and colours of every layer.
// No glyph address: MapLibre draws all text with the reader's own fonts.
import * as maplibre from "../vendor/maplibre/maplibre-gl.mjs";

export { maplibre };

export const COLOURS = {
  suspected_unapproved: "#c02626",
  suspected_excess: "#d9730d",
  suspected_relocated: "#7a3fb5",
  schematic: "#1f7ac0",
  compliant: "#2c8a4f",
  below_threshold: "#7b8791",
  "": "#7b8791",
};
// Classes differ by line as well as by colour.
const DASHES = {
  suspected_unapproved: [1, 0],
  suspected_excess: [3, 1.5],
  suspected_relocated: [0.6, 1.4],
  schematic: [5, 2],
  compliant: [1, 0],
  below_threshold: [1, 2],
};
export const TIERS = ["#2c8a4f", "#b38600", "#d9730d", "#c02626"];
const FONT = ["Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"];
const tiles = (path) => `${location.origin}/tiles/${path}/{z}/{x}/{y}.mvt`;

export const byClass = (table, fallback) => [
  "match",
  ["get", "klass"],
  ...Object.entries(table)
    .filter(([key]) => key)
    .flatMap(([key, value]) => [key, Array.isArray(value) ? ["literal", value] : value]),
  Array.isArray(fallback) ? ["literal", fallback] : fallback,
];

export function baseStyle() {
  const line = (id, level, colour, width, minzoom) => ({
    id,
    type: "line",
    source: "divisions",
    "source-layer": "divisions",
    minzoom,
    filter: ["==", ["get", "level"], level],
    layout: { "line-join": "round" },
    paint: { "line-color": colour, "line-width": width },
  });
  const name = (id, level, size, minzoom, maxzoom) => ({
    id,
    type: "symbol",
    source: "divisions",
    "source-layer": "places",
    minzoom,
    maxzoom,
    filter: ["==", ["get", "level"], level],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-padding": 4 },
    paint: { "text-color": "#44525e", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
  });
  return {
    version: 8,
    sources: {
      divisions: { type: "vector", tiles: [tiles("divisions")], minzoom: 2, maxzoom: 12 },
      zones: { type: "vector", tiles: [tiles("zones")], minzoom: 3, maxzoom: 12 },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#e4ebef" } },
      {
        id: "land",
        type: "fill",
        source: "divisions",
        "source-layer": "divisions",
        filter: ["==", ["get", "level"], 1],
        paint: { "fill-color": "#fbfaf6", "fill-antialias": false },
      },
      {
        id: "zones-fill",
        type: "fill",
        source: "zones",
        "source-layer": "zones",
        layout: { visibility: "none" },
        paint: {
          "fill-color": ["match", ["get", "kind"], "prevention", "#5a9367", "control", "#b07f3c", "#9aa6ad"],
          "fill-opacity": 0.16,
        },
      },
      {
        id: "zones-line",
        type: "line",
        source: "zones",
        "source-layer": "zones",
        layout: { visibility: "none" },
        paint: {
          "line-color": ["match", ["get", "kind"], "prevention", "#3f7a4e", "control", "#8f6222", "#75828a"],
          "line-dasharray": [4, 2],
          "line-width": 1.2,
        },
      },
      line("county-lines", 3, "#d6dadd", 0.7, 8),
      line("city-lines", 2, "#bcc4c9", ["interpolate", ["linear"], ["zoom"], 6, 0.6, 10, 1.3], 6),
      line("province-lines", 1, "#8f9ba3", ["interpolate", ["linear"], ["zoom"], 3, 0.6, 8, 1.6], 2),
      name("province-names", 1, 12, 3.5, 6),
      name("city-names", 2, 12, 6, 10),
      name("county-names", 3, 11.5, 8.2, 16),
    ],
  };
}

// --- signs: one shape per class, drawn here so that no picture has to be fetched ---------------------------------------
const SHAPES = {
  suspected_unapproved: (c, s) => polygon(c, s, 3, -Math.PI / 2),
  suspected_excess: (c, s) => polygon(c, s, 4, Math.PI / 4),
  suspected_relocated: (c, s) => polygon(c, s, 4, 0),
  schematic: (c, s) => polygon(c, s, 6, 0),
  compliant: (c, s) => c.arc(s / 2, s / 2, s * 0.34, 0, 7),
  below_threshold: (c, s) => c.arc(s / 2, s / 2, s * 0.2, 0, 7),
};

function polygon(context, size, corners, turn) {
  const radius = size * (corners === 3 ? 0.46 : 0.42);
  for (let at = 0; at <= corners; at++) {
    const angle = turn + (2 * Math.PI * at) / corners;
    context.lineTo(size / 2 + radius * Math.cos(angle), size / 2 + radius * Math.sin(angle) + (corners === 3 ? size * 0.06 : 0));
  }
}

function drawn(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  paint(context, size);
  return context.getImageData(0, 0, size, size);
}

export function addSigns(map) {
  for (const [klass, shape] of Object.entries(SHAPES)) {
    const image = drawn(44, (context, size) => {
      context.beginPath();
      shape(context, size);
      context.fillStyle = COLOURS[klass];
      context.strokeStyle = "#ffffff";
      context.lineWidth = 4;
      context.stroke();
      context.fill();
    });
    map.addImage(`sign-${klass}`, image, { pixelRatio: 2 });
  }
  const spoil = drawn(36, (context, size) => {
    context.beginPath();
    context.moveTo(size * 0.1, size * 0.8);
    context.lineTo(size * 0.38, size * 0.25);
    context.lineTo(size * 0.62, size * 0.25);
    context.lineTo(size * 0.9, size * 0.8);
    context.closePath();
    context.fillStyle = "#6b4a2b";
    context.strokeStyle = "#ffffff";
    context.lineWidth = 3;
    context.stroke();
    context.fill();
  });
  map.addImage("sign-spoil", spoil, { pixelRatio: 2 });
}

// --- the portal's own layers --------------------------------------------------------------------------------------------
export function sourceOf(layer, query) {
  return { type: "vector", tiles: [tiles(layer) + (query ? `?${query}` : "")], minzoom: 3, maxzoom: 16 };
}

export function workLayers({ shapesFrom, ranked }) {
  const far = (id, source, colour, zoom) => [
    {
      id: `${id}-far`,
      type: "circle",
      source,
      "source-layer": source,
      maxzoom: zoom,
      filter: ["has", "n"],
      paint: {
        "circle-color": colour,
        "circle-opacity": 0.85,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 5, 10, 15, 40, 26],
      },
    },
    {
      id: `${id}-far-count`,
      type: "symbol",
      source,
      "source-layer": source,
      maxzoom: zoom,
      filter: [">", ["coalesce", ["get", "n"], 0], 3],
      layout: { "text-field": ["to-string", ["get", "n"]], "text-font": FONT, "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff" },
    },
  ];
  const top = ["match", ["get", "top"], ...ranked.flatMap((klass, at) => [at, COLOURS[klass]]), COLOURS[""]];
  const topSign = ["match", ["get", "top"], ...ranked.flatMap((klass, at) => [at, `sign-${klass}`]), "sign-below_threshold"];
  const tier = ["match", ["get", "tier"], ...TIERS.flatMap((colour, at) => [at, colour]), TIERS[0]];
  const selected = ["boolean", ["feature-state", "selected"], false];
  return [
    {
      id: "ranges-fill",
      type: "fill",
      source: "ranges",
      "source-layer": "ranges",
      filter: ["!", ["has", "n"]],
      paint: { "fill-color": "#2f6f9f", "fill-opacity": ["case", selected, 0.22, 0.07] },
    },
    {
      id: "ranges-line",
      type: "line",
      source: "ranges",
      "source-layer": "ranges",
      filter: ["!", ["has", "n"]],
      layout: { "line-join": "round" },
      paint: {
        "line-color": "#235a85",
        "line-width": ["case", selected, 3, 1.6],
        "line-dasharray": ["match", ["get", "kind"], "schematic", ["literal", [2, 2]], ["literal", [1, 0]]],
      },
    },
    {
      id: "patches-fill",
      type: "fill",
      source: "patches",
      "source-layer": "patches",
      filter: ["!", ["has", "n"]],
      paint: { "fill-color": byClass(COLOURS, COLOURS[""]), "fill-opacity": ["case", selected, 0.55, 0.28] },
    },
    {
      id: "patches-line",
      type: "line",
      source: "patches",
      "source-layer": "patches",
      filter: ["!", ["has", "n"]],
      layout: { "line-join": "round" },
      paint: {
        "line-color": byClass(COLOURS, COLOURS[""]),
        "line-width": ["case", selected, 3.5, 1.8],
        "line-dasharray": byClass(DASHES, [1, 0]),
      },
    },
    ...far("ranges", "ranges", "#5b87a8", shapesFrom.ranges),
    ...far("patches", "patches", top, shapesFrom.patches).slice(0, 1).map((one) => ({ ...one, filter: [">", ["coalesce", ["get", "n"], 0], 3] })),
    {
      id: "patches-far-sign",
      type: "symbol",
      source: "patches",
      "source-layer": "patches",
      maxzoom: shapesFrom.patches,
      filter: ["<=", ["coalesce", ["get", "n"], 99], 3],
      layout: { "icon-image": topSign, "icon-size": 0.75, "icon-allow-overlap": true },
    },
    ...far("patches", "patches", top, shapesFrom.patches).slice(1),
    {
      id: "patches-sign",
      type: "symbol",
      source: "patches",
      "source-layer": "patch-points",
      maxzoom: 15,
      layout: {
        "icon-image": ["concat", "sign-", ["get", "klass"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 0.85],
        "icon-allow-overlap": true,
      },
    },
    {
      id: "spoil-sites-sign",
      type: "symbol",
      source: "spoil-sites",
      "source-layer": "spoil-sites",
      minzoom: 9,
      layout: { "icon-image": "sign-spoil", "icon-size": 0.85, "icon-allow-overlap": true },
    },
    {
      id: "ranges-name",
      type: "symbol",
      source: "ranges",
      "source-layer": "range-names",
      minzoom: 12,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-max-width": 12 },
      paint: { "text-color": "#1d3f5c", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
    },
  ];
}

export const canDraw = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
};

export function open(container, { bounds, words, interactive = true }) {
  const map = new maplibre.Map({
    container,
    style: baseStyle(),
    bounds,
    fitBoundsOptions: { padding: 24 },
    maxZoom: 18,
    minZoom: 2.5,
    interactive,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    locale: words,
    cooperativeGestures: false,
  });
  map.touchZoomRotate?.disableRotation();
  map.keyboard?.disableRotation?.();
  return map;
}
