"""API routes of this room."""

from rest_framework.routers import SimpleRouter

from supervision.cases.api import CaseViewSet

router = SimpleRouter()
router.register("cases", CaseViewSet, basename="cases")
urlpatterns = router.urls
