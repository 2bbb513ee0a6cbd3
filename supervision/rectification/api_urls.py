"""API routes of this room."""

from rest_framework.routers import SimpleRouter

from supervision.rectification.api import ItemViewSet

router = SimpleRouter()
router.register("rectifications", ItemViewSet, basename="rectification")
urlpatterns = router.urls
