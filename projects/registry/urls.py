"""Pages of this room."""

from django.urls import path

from projects.registry import import_views, views

app_name = "registry"
urlpatterns = [
    path("", views.index, name="list"),
    path("count/", views.count, name="count"),
    path("export/", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("divisions/", views.divisions, name="divisions"),
    path("plan-hint/", views.plan_hint, name="plan_hint"),
    path("import/", import_views.import_ledger, name="import"),
    path("import/template.xlsx", import_views.template, name="template"),
    path("import/ranges/", import_views.import_vectors, name="import_ranges"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/range/", views.range_new, name="range_new"),
    path("<int:pk>/range/<int:version>/discard/", views.range_discard, name="range_discard"),
    path("<int:pk>/unit/", views.name_unit, name="name_unit"),
    path("<int:pk>/<slug:event>/", views.act, name="act"),
]
