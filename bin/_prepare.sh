#!/usr/bin/env bash
# Before serving: migrate as the owner and, in demo mode, fill an empty database.
# Wants the environment set and python in PATH; used by bin/start and by the container that migrates.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

DATABASE_ROLE=owner python manage.py migrate --noinput --verbosity "${MIGRATE_VERBOSITY:-1}" >&2

case ${DEMO:-0} in 1 | true | True | yes | on) ;; *) exit 0 ;; esac
filled=$(python - <<'EOF'
import os
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"].replace("postgis://", "postgresql://", 1)) as connection:
    print(connection.execute(
        "SELECT EXISTS (SELECT FROM registry_project) OR EXISTS (SELECT FROM accounts_user WHERE password !~ '^!')"
    ).fetchone()[0])
EOF
)
if [ "$filled" = False ]; then
  echo "Loading the demo province into the empty database" >&2
  python manage.py load_demo >&2
fi
