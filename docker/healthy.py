"""Exit 0 when the portal in this container answers /healthz with 200."""

import http.client

connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
connection.request("GET", "/healthz", headers={"X-Forwarded-Proto": "https"})
raise SystemExit(connection.getresponse().status != 200)
