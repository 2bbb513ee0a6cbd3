"""Pages of this room."""

from django.urls import path, re_path

from supervision.risk import views

app_name = "risk"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("run/", views.run, name="run"),
    path("follow-ups/", views.follow_up_list, name="list"),
    path("follow-ups/<int:pk>/", views.detail, name="detail"),
    re_path(
        r"^follow-ups/(?P<pk>\d+)/(?P<event>acknowledge|answer|send_back|accept|visit|withdraw)/$",
        views.act,
        name="act",
    ),
]
