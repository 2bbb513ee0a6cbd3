// A small map of one project: its ranges, patches and spoil sites. [data-minimap] holds the settings as JSON script id.
import { addSigns, canDraw, maplibre, open, sourceOf, workLayers } from "./basemap.js";

for (const holder of document.querySelectorAll("[data-minimap]")) {
  const config = JSON.parse(document.getElementById(holder.dataset.minimap).textContent);
  if (!canDraw() || !config.bounds) {
    holder.closest("[data-minimap-frame]")?.setAttribute("hidden", "");
    continue;
  }
  const map = open(holder, config);
  map.scrollZoom.disable();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 80, unit: "metric" }), "bottom-left");
  map.on("load", () => {
    addSigns(map);
    for (const layer of ["ranges", "patches", "spoil-sites"]) map.addSource(layer, sourceOf(layer, config.query));
    for (const layer of workLayers(config)) map.addLayer(layer);
    holder.dataset.ready = "1";
  });
}
