#!/bin/sh
# Run once before the database: random passwords and the secret key, kept in two volumes. Only the owner's and the
# database's services see the second one.
set -eu
secret() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
[ ! -e /run/portal-owner/done ] || exit 0

app=$(secret 16) owner=$(secret 16)
secret 32 >/run/portal/secret_key
printf %s "postgis://conservation_app:$app@db:5432/conservation" >/run/portal/database_url
printf %s "postgis://conservation_owner:$owner@db:5432/conservation" >/run/portal-owner/database_owner_url
printf %s "$app" >/run/portal-owner/app_password
printf %s "$owner" >/run/portal-owner/owner_password
secret 16 >/run/portal-owner/superuser_password
chmod 444 /run/portal/* /run/portal-owner/*
touch /run/portal-owner/done
