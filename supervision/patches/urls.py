"""Pages of this room."""

from django.urls import path, re_path

from supervision.patches import views
from supervision.patches.page import ACTS

app_name = "patches"
urlpatterns = [
    path("", views.patch_list, name="list"),
    path("rounds/", views.rounds, name="rounds"),
    path("rounds/new/", views.round_new, name="round_new"),
    path("rounds/<int:pk>/", views.round_page, name="round"),
    path("rounds/<int:pk>/edit/", views.round_edit, name="round_edit"),
    path("rounds/<int:pk>/import/", views.round_import, name="round_import"),
    re_path(r"^rounds/(?P<pk>\d+)/(?P<event>classify|issue|close)/$", views.round_act, name="round_act"),
    path("runs/<uuid:pk>/", views.import_result, name="import_result"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/shapes.geojson", views.shapes, name="shapes"),
    re_path(rf"^(?P<pk>\d+)/(?P<event>{'|'.join(ACTS)})/$", views.act, name="act"),
]
