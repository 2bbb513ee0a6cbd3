"""Pages of this room."""

from django.urls import path

from conservation.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.index, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/read/", views.read, name="read"),
]
