#!/bin/sh
# Run by the database image when its data folder is new: the two roles, template1, the database.
set -eu
sql() { psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" "$@"; }

sql -d postgres -v app="$(cat /run/portal-owner/app_password)" -v owner="$(cat /run/portal-owner/owner_password)" <<'EOF'
CREATE ROLE conservation_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE conservation_app LOGIN PASSWORD :'app';
EOF
sql -d template1 -f /portal/template.sql
sql -d postgres -c 'CREATE DATABASE conservation OWNER conservation_owner'
