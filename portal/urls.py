"""The roof: homes, map, search."""

from django.urls import path

from portal import maps, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("project/<int:pk>/", views.project, name="project"),
    path("project/<int:pk>/<slug:tab>/", views.project_tab, name="project_tab"),
    path("unit/<int:pk>/", views.unit, name="unit"),
    path("map/", maps.page, name="map"),
    path("map/list/", maps.listing, name="map_list"),
    path("map/find/", maps.find, name="map_find"),
    path("map/object/<slug:layer>/<int:pk>/", maps.panel, name="map_object"),
    path("tiles/divisions/<int:z>/<int:x>/<int:y>.mvt", maps.open_tile, {"layer": "divisions"}, name="tile_divisions"),
    path("tiles/zones/<int:z>/<int:x>/<int:y>.mvt", maps.open_tile, {"layer": "zones"}, name="tile_zones"),
    path("tiles/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", maps.scoped_tile, name="tile"),
]
