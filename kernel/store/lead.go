package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Leadership is one node's claim to lead among the nodes of a database. It is
// held by a session of the server, so it ends with the node, however that ends.
type Leadership struct {
	db     *DB
	number int64
	mu     sync.Mutex
	conn   *sql.Conn
}

// Leadership claims nothing yet; number names what is led.
func (db *DB) Leadership(number int64) *Leadership { return &Leadership{db: db, number: number} }

// Leads reports whether this node leads, trying to if nobody does. On SQLite
// there is one node.
func (l *Leadership) Leads(ctx context.Context) (bool, error) {
	if l.db.Engine == SQLite {
		return true, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		if err := l.conn.PingContext(ctx); err == nil {
			return true, nil
		}
		_ = l.conn.Close() // it is lost already
		l.conn = nil
	}
	conn, err := l.db.write.Conn(ctx)
	if err != nil {
		return false, wrap(err)
	}
	var leads bool
	if err := conn.QueryRowContext(ctx, "select pg_try_advisory_lock($1)", l.number).Scan(&leads); err != nil || !leads {
		return false, wrap(errors.Join(err, conn.Close()))
	}
	l.conn = conn
	return true, nil
}

// Resign lets another node lead.
func (l *Leadership) Resign() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		// A session that cannot unlock is broken: the server ends it, and the
		// lock with it.
		_, _ = l.conn.ExecContext(context.Background(), "select pg_advisory_unlock($1)", l.number)
		_ = l.conn.Close()
		l.conn = nil
	}
}
