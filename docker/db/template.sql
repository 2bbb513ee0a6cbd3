-- Run once as superuser in template1, before any other database is made: every database then has the
-- extensions, and whatever the owner makes in it can be used, but never changed in shape, by the serving role.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pgcrypto;

GRANT conservation_app TO conservation_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE conservation_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO conservation_app;
ALTER DEFAULT PRIVILEGES FOR ROLE conservation_owner GRANT USAGE, SELECT ON SEQUENCES TO conservation_app;
