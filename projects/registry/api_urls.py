"""API routes of this room."""

from django.urls import path

from projects.registry import api

urlpatterns = [
    path("projects/", api.ProjectList.as_view(), name="projects"),
    path("projects/import/", api.ProjectImport.as_view(), name="projects-import"),
    path("ranges/import/", api.RangeImport.as_view(), name="ranges-import"),
    path("projects/<int:pk>/", api.ProjectDetail.as_view(), name="project"),
    path("projects/<int:pk>/ranges/", api.ProjectRanges.as_view(), name="project-ranges"),
    path("projects/<int:pk>/works/<slug:event>/", api.ProjectWorks.as_view(), name="project-works"),
]
