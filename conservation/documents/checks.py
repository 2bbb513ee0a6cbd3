"""System check: papers need their fonts; typst silently takes another when one is missing."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from conservation.documents import rendering


@register()
def fonts_are_installed(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(
            f"font {family} is not installed: papers would be printed in another font",
            hint="install the system package fonts-noto-cjk",
            id="documents.E001",
        )
        for family in rendering.missing_fonts()
    ]
