"""The roof: role homes, map, search."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"
    verbose_name = _("门户")

    def ready(self) -> None:
        post_migrate.connect(secure_database, dispatch_uid="portal.secure_database")


def secure_database(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """After the last room was migrated: the serving role's rights (see ``conservation.history.grants``)."""
    from conservation.history import grants

    with_tables = [config for config in apps.get_app_configs() if config.models_module is not None]
    if sender is with_tables[-1]:
        grants.apply(using=using)
