#!/usr/bin/env bash
# Starts a throw-away PostgreSQL server for tests and prints its address.
#   eval "$(scripts/postgres.sh start)"   sets AMANA_TEST_POSTGRES
#   scripts/postgres.sh stop
# It forgets everything at a power cut (no fsync): nothing in it is to be kept.
# With AMANA_PG_DURABLE=1 it waits for the disk as a real one does: what is
# measured is measured on that (amana bench --store).
# PostgreSQL refuses to run as root, so as root it runs as user postgres.
set -euo pipefail
dir=${AMANA_PG_DIR:-/tmp/amana-pg}
port=${AMANA_PG_PORT:-54399}
lax="-F -c synchronous_commit=off -c full_page_writes=off"
if [ "${AMANA_PG_DURABLE:-}" = 1 ]; then lax="-c shared_buffers=512MB -c max_wal_size=4GB"; fi
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$*"; else bash -c "$*"; fi; }
case "${1:-start}" in
start)
	if ! as "$bin/pg_ctl -D $dir status" >/dev/null 2>&1; then
		rm -rf "$dir" && mkdir -p "$dir"
		if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
		as "$bin/initdb -D $dir -U amana -A trust -E UTF8 --locale=C.UTF-8" >/dev/null
		as "$bin/pg_ctl -D $dir -w -l $dir/log -o '-p $port -k $dir -h 127.0.0.1 $lax -c max_connections=300' start" >/dev/null
	fi
	echo "export AMANA_TEST_POSTGRES=postgres://amana@127.0.0.1:$port/postgres?sslmode=disable"
	;;
stop) as "$bin/pg_ctl -D $dir -m immediate stop" >/dev/null ;;
esac
