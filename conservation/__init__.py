"""The site and the ground floor that every room stands on."""

from conservation.celery import app as celery_app

__all__ = ["celery_app"]
