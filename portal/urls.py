"""The roof: homes, map, search."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("map/", views.home, name="map"),
    path("search/", views.home, name="search"),
    path("project/<int:pk>/", views.home, name="project"),
    path("unit/<int:pk>/", views.home, name="unit"),
]
