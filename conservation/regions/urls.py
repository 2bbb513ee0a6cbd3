"""Pages of divisions."""

from django.urls import path

from conservation.regions import views

app_name = "regions"
urlpatterns = [
    path("", views.index, name="index"),
    path("loads/<int:pk>/", views.load, name="load"),
    path("<str:code>/", views.detail, name="detail"),
]
