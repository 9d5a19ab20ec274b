package peer

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// sqliteHand keeps a session in a row, its fields in a JSON text, and has one connection with prepared statements. Each call is
// a transaction that is synced.
type sqliteHand struct {
	mu                           sync.Mutex
	conn                         *sqlite3.Conn
	inserting, reading, updating *sqlite3.Stmt
}

func sqliteByHand(_ context.Context, url, place string) (_ hand, _ func(), err error) {
	conn, err := sqlite3.Open(filepath.Join(url, place+".db"))
	if err != nil {
		return nil, nil, err
	}
	h := &sqliteHand{conn: conn}
	closeHand := func() { _ = conn.Close() }
	defer func() {
		if err != nil {
			closeHand()
		}
	}()
	err = conn.Exec(`
		PRAGMA journal_mode = wal;
		PRAGMA synchronous = full;
		CREATE TABLE IF NOT EXISTS sessions (id BLOB PRIMARY KEY, verifier BLOB NOT NULL, expires INTEGER NOT NULL, data TEXT NOT NULL)`)
	if err != nil {
		return nil, nil, err
	}
	for text, stmt := range map[string]**sqlite3.Stmt{
		`INSERT INTO sessions VALUES (?1, ?2, ?3, ?4)`:                                                                               &h.inserting,
		`SELECT data ->> ?4 FROM sessions WHERE id = ?1 AND verifier = ?2 AND expires > ?3`:                                          &h.reading,
		`UPDATE sessions SET data = json_patch(data, ?4), expires = ?5 WHERE id = ?1 AND verifier = ?2 AND expires > ?3 RETURNING 1`: &h.updating,
	} {
		if *stmt, _, err = conn.Prepare(text); err != nil {
			return nil, nil, err
		}
	}
	return h, closeHand, nil
}

// run binds the arguments and executes the statement. It returns its one result.
func (h *sqliteHand) run(stmt *sqlite3.Stmt, k handKey, t time.Time, args ...any) (text string, found bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() {
		if resetErr := stmt.Reset(); err == nil {
			err = resetErr
		}
	}()
	if err := stmt.BindBlob(1, k.id[:]); err != nil {
		return "", false, err
	}
	if err := stmt.BindBlob(2, k.verifier[:]); err != nil {
		return "", false, err
	}
	if err := stmt.BindInt64(3, t.UnixMilli()); err != nil {
		return "", false, err
	}
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			err = stmt.BindText(4+i, arg)
		case time.Time:
			err = stmt.BindInt64(4+i, arg.UnixMilli())
		}
		if err != nil {
			return "", false, err
		}
	}
	if found = stmt.Step(); found {
		text = stmt.ColumnText(0)
		stmt.Step() // to the end: the change is committed there
	}
	return text, found, stmt.Err()
}

func (h *sqliteHand) create(_ context.Context, k handKey, expires time.Time, fields []Field) error {
	data, err := json.Marshal(dataOf(fields))
	if err == nil {
		_, _, err = h.run(h.inserting, k, expires, string(data))
	}
	return err
}

func (h *sqliteHand) text(_ context.Context, k handKey, name string) (string, error) {
	text, found, err := h.run(h.reading, k, time.Now(), name)
	if err == nil && !found {
		err = errNoSession
	}
	return text, err
}

func (h *sqliteHand) set(_ context.Context, k handKey, expires time.Time, fields []Field) error {
	data, err := json.Marshal(dataOf(fields))
	if err != nil {
		return err
	}
	_, found, err := h.run(h.updating, k, time.Now(), string(data), expires)
	if err == nil && !found {
		err = errNoSession
	}
	return err
}
