"""API routes of this room."""

from rest_framework.routers import SimpleRouter

from supervision.patches.api import PatchViewSet, RoundViewSet

router = SimpleRouter()
router.register("rounds", RoundViewSet, basename="round")
router.register("patches", PatchViewSet, basename="patch")
urlpatterns = router.urls
