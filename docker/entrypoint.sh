#!/bin/sh
# Inside a container: libraries of the wheels, secrets from files, then the command.
set -eu
packages=$(echo /app/.venv/lib/python3*/site-packages)
GDAL_LIBRARY_PATH=$(echo "$packages"/pyogrio.libs/libgdal*)
GEOS_LIBRARY_PATH=$(echo "$packages"/shapely.libs/libgeos_c*)
GDAL_DATA=$packages/pyogrio/gdal_data
PROJ_DATA=$packages/pyogrio/proj_data
export GDAL_LIBRARY_PATH GEOS_LIBRARY_PATH GDAL_DATA PROJ_DATA

read_secret() { # variable, file: unless the variable is set already
  eval "current=\${$1:-}"
  if [ -z "$current" ] && [ -r "$2" ]; then export "$1=$(cat "$2")"; fi
}
read_secret SECRET_KEY /run/portal/secret_key
read_secret DATABASE_URL /run/portal/database_url
read_secret DATABASE_OWNER_URL /run/portal-owner/database_owner_url

if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then mkdir -p "$PROMETHEUS_MULTIPROC_DIR"; fi
exec "$@"
