"""Front-end packages as they are: an allow-list of files out of node_modules, served hashed, no bundler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

NODE = Path(settings.BASE_DIR) / "node_modules"

FILES = {
    "vendor/tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/maplibre/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "vendor/icons/tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "vendor/icons/fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "vendor/icons/fonts/tabler-icons.woff": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff",
    "vendor/icons/fonts/tabler-icons.ttf": "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf",
}
FOLDERS = {"vendor/maplibre": ("maplibre-gl/dist", (".mjs",))}


def package_files() -> dict[str, Path]:
    """Public path → file on disk, for what is installed."""
    found = {public: NODE / path for public, path in FILES.items()}
    for public, (folder, endings) in FOLDERS.items():
        for path in sorted((NODE / folder).glob("*")):
            if path.suffix in endings and "-dev" not in path.name:
                found[f"{public}/{path.name}"] = path
    return {public: path for public, path in found.items() if path.is_file()}


class PackageFinder(BaseFinder):
    """Finds the allow-listed files of the npm packages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.files = package_files()
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.files.get(path)
        if find_all:
            return [str(found)] if found else []
        return str(found) if found else None

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for public, path in self.files.items():
            yield public, _OneFile(public, path)


class _OneFile(FileSystemStorage):
    """A storage that knows one file under its public name."""

    def __init__(self, public: str, path: Path) -> None:
        super().__init__(location=str(path.parent))
        self.public, self.file = public, path
        self.prefix = None

    def path(self, name: str) -> str:
        return str(self.file)


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, without chasing source maps (packages name maps they do not ship).

    maplibre-gl loads its worker beside itself by its plain name, so unknown names fall back to the plain file.
    """

    manifest_strict = False
    patterns = tuple(
        (extension, tuple(p for p in found if "sourceMappingURL" not in (p if isinstance(p, str) else p[0])))
        for extension, found in CompressedManifestStaticFilesStorage.patterns
    )
