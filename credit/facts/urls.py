"""Pages of this room."""

from django.urls import path, re_path

from credit.facts import views

app_name = "facts"
urlpatterns = [
    path("", views.fact_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    re_path(r"^(?P<pk>\d+)/(?P<event>confirm|object|withdraw|repair)/$", views.act, name="act"),
]
