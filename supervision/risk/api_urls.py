"""API routes of this room."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from supervision.risk.api import FollowUpViewSet, ProjectTierView, TierRunView

router = SimpleRouter()
router.register("follow-ups", FollowUpViewSet, basename="follow-up")
urlpatterns = [
    path("projects/<int:pk>/tier/", ProjectTierView.as_view(), name="project-tier"),
    path("risk/run/", TierRunView.as_view(), name="risk-run"),
    *router.urls,
]
