package mysqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

const (
	benchClients  = 16
	benchSessions = 256
	benchUpdates  = 50 // of each client in a round
)

// setByHand is what an application would write by hand to set one field of a live session in the store's tables, with the same guarantees:
// the guard, the operation ID, the size, the expiry.
const setByHand = `CREATE PROCEDURE {by_hand}(
  IN p_id BINARY(16), IN p_verifier BINARY(32), IN p_now BIGINT, IN p_op VARBINARY(16), IN p_max_age BIGINT, IN p_limit BIGINT,
  IN p_name VARBINARY(3000), IN p_value LONGBLOB
)
SQL SECURITY INVOKER
BEGIN
  DECLARE v_expires, v_bytes, v_size BIGINT;
  DECLARE v_ops VARBINARY(256);
  DECLARE v_floor VARBINARY(16);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT ops, floor, bytes, GREATEST(last_used, p_now) + LEAST(lifetime, p_max_age) INTO v_ops, v_floor, v_bytes, v_expires
  FROM {session} WHERE id = p_id AND verifier = p_verifier AND expires > p_now FOR UPDATE;
  SELECT OCTET_LENGTH(value) INTO v_size FROM {field} WHERE session = p_id AND name = p_name;
  SET v_bytes = v_bytes + OCTET_LENGTH(p_value) - COALESCE(v_size, -OCTET_LENGTH(p_name));
  IF v_ops IS NULL OR LOCATE(p_op, v_ops) > 0 OR p_op <= v_floor OR v_bytes > p_limit THEN
    ROLLBACK;
    SELECT 0, NULL, NULL;
  ELSE
    INSERT INTO {field} (session, name, value) VALUES (p_id, p_name, p_value) ON DUPLICATE KEY UPDATE value = p_value;
    UPDATE {session} SET last_used = GREATEST(last_used, p_now), expires = LEAST(v_expires, COALESCE(deadline, v_expires)),
      expires_hour = expires DIV 3600000, bytes = v_bytes,
      floor = IF(OCTET_LENGTH(ops) < 256, floor, GREATEST(floor, SUBSTRING(ops, 1, 16))),
      ops = CONCAT(IF(OCTET_LENGTH(ops) < 256, ops, SUBSTRING(ops, 17)), p_op)
    WHERE id = p_id;
    COMMIT;
    SELECT 1, v_expires, v_bytes;
  END IF;
END`

// bench holds sessions of one size, and the same as one blob each: what session libraries load, change and save.
type bench struct {
	db             *sql.DB
	s, transacting *Store
	keys           []driver.Key
	now            time.Time
	load, save     *sql.Stmt
	byHand, quick  *sql.Stmt
	byHandText     query
	texts          []string // of load and save
}

func newBench(b testing.TB, db *sql.DB, size int) *bench {
	prefix := freshPrefix(b)
	t := &bench{db: db, s: migrated(b, db, prefix), transacting: over(b, db, &Options{Prefix: prefix})}
	t.transacting.procedures.missed.Store(time.Now().Add(time.Hour).UnixNano())
	doc := driver.Doc{}.With("seen", driver.IntValue(1_000_000))
	for i := range 20 {
		filler := make([]byte, size/20)
		for j := range filler {
			filler[j] = byte('A' + rand.IntN(58))
		}
		doc = doc.With(fmt.Sprint("field", i), driver.StringValue(string(filler)))
	}
	sql := func(text string) string {
		return strings.NewReplacer("{by_hand}", prefix+"by_hand", "{blob}", prefix+"blob").Replace(t.s.sql.names.Replace(text))
	}
	exec(b, db, sql("CREATE TABLE {blob} (token CHAR(43) PRIMARY KEY, data MEDIUMBLOB NOT NULL, expiry TIMESTAMP(6) NOT NULL, KEY (expiry)) "+
		"ENGINE = InnoDB"))
	exec(b, db, sql(setByHand))
	b.Cleanup(func() { exec(b, db, sql("DROP TABLE {blob}")); exec(b, db, sql("DROP PROCEDURE {by_hand}")) })
	prepare := func(text string) *sqlStmt {
		t.texts = append(t.texts, sql(text))
		stmt, err := db.PrepareContext(context.Background(), sql(text))
		must(b, err)
		b.Cleanup(func() { _ = stmt.Close() })
		return stmt
	}
	t.load = prepare("SELECT data FROM {blob} WHERE token = ? AND UTC_TIMESTAMP(6) < expiry")
	t.save = prepare("INSERT INTO {blob} (token, data, expiry) VALUES (?, ?, UTC_TIMESTAMP(6) + INTERVAL ? SECOND) " +
		"ON DUPLICATE KEY UPDATE data = VALUES(data), expiry = VALUES(expiry)")
	t.byHand = prepare("CALL {by_hand}(?, ?, ?, ?, ?, ?, ?, ?)")
	t.byHandText = newQuery(sql("CALL {by_hand}(?, ?, ?, ?, ?, ?, ?, ?)"))
	t.quick = prepare("CALL {quick}(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	for range benchSessions {
		var k driver.Key
		k, t.now = create(b, t.s, "", doc.Text())
		t.keys = append(t.keys, k)
		_, err := t.save.ExecContext(context.Background(), k.ID.String(), []byte(doc.Text()), 3600)
		must(b, err)
	}
	return t
}

type sqlStmt = sql.Stmt

// maxAge is another one each time, as the expiry of a session in use is.
func (t *bench) maxAge() time.Duration {
	return (time.Hour - rand.N(time.Minute)).Truncate(time.Millisecond)
}

func (t *bench) update(ctx context.Context, s *Store, k driver.Key, ops ...driver.Op) error {
	_, err := s.Update(ctx, t.now, k, &driver.Update{Ops: ops, MaxAge: t.maxAge()})
	return err
}

func (t *bench) store(ctx context.Context, k driver.Key, n int64) error {
	return t.update(ctx, t.s, k, driver.Set{Path: "seen", Value: driver.IntValue(n)})
}

func (t *bench) transaction(ctx context.Context, k driver.Key, n int64) error {
	return t.update(ctx, t.transacting, k, driver.Set{Path: "seen", Value: driver.IntValue(n)})
}

func (t *bench) touch(ctx context.Context, k driver.Key, _ int64) error { return t.update(ctx, t.s, k) }

func (t *bench) inc(ctx context.Context, k driver.Key, n int64) error {
	return t.update(ctx, t.s, k, driver.Inc{Path: "seen", By: driver.IntValue(1 + n&1)})
}

func (t *bench) nested(ctx context.Context, k driver.Key, n int64) error {
	return t.update(ctx, t.s, k, driver.Set{Path: "in.seen", Value: driver.IntValue(n)})
}

func (t *bench) ten(ctx context.Context, k driver.Key, n int64) error {
	var ops []driver.Op
	for i := range 10 {
		ops = append(ops, driver.Set{Path: driver.Path(fmt.Sprint("field", i)), Value: driver.IntValue(n)})
	}
	return t.update(ctx, t.s, k, ops...)
}

// prepared is store with a prepared statement that each connection keeps.
func (t *bench) prepared(ctx context.Context, k driver.Key, n int64) error {
	o := t.s.newOperation(t.now, k, &driver.Update{Ops: []driver.Op{driver.Set{Path: "seen", Value: driver.IntValue(n)}}, MaxAge: t.maxAge()})
	o.plan()
	id := retry.NewOpID(nil)
	var a answer
	err := t.quick.QueryRowContext(ctx, k.ID[:], k.Verifier[:], t.now.UnixMilli(), id[:], o.update.MaxAge.Milliseconds(), o.steps.added, 1<<20,
		o.steps.letter, o.steps.name, o.steps.operand).Scan(a.dest()...)
	if err == nil && !a.is("ok") {
		err = driver.ErrNotFound
	}
	return err
}

func (t *bench) hand(ctx context.Context, k driver.Key, n int64) error {
	id := retry.NewOpID(nil)
	var ok int
	var expires, bytes sql.NullInt64
	err := t.byHand.QueryRowContext(ctx, k.ID[:], k.Verifier[:], t.now.UnixMilli(), id[:], t.maxAge().Milliseconds(), 1<<20, "seen", fmt.Sprint(n)).
		Scan(&ok, &expires, &bytes)
	if err == nil && ok != 1 {
		err = driver.ErrNotFound
	}
	return err
}

func (t *bench) handText(ctx context.Context, k driver.Key, n int64) error {
	id := retry.NewOpID(nil)
	var ok int
	var expires, bytes sql.NullInt64
	err := t.db.QueryRowContext(ctx, t.byHandText.with(k.ID[:], k.Verifier[:], t.now.UnixMilli(), id[:], t.maxAge().Milliseconds(), 1<<20, "seen",
		fmt.Sprint(n))).Scan(&ok, &expires, &bytes)
	if err == nil && ok != 1 {
		err = driver.ErrNotFound
	}
	return err
}

// unprepared is loadAndSave by a client that keeps no prepared statements, as scs does not.
func (t *bench) unprepared(ctx context.Context, k driver.Key, n int64) error {
	var data []byte
	if err := t.db.QueryRowContext(ctx, t.texts[0], k.ID.String()).Scan(&data); err != nil {
		return err
	}
	copy(data[len(data)-8:], fmt.Sprint(n))
	_, err := t.db.ExecContext(ctx, t.texts[1], k.ID.String(), data, 3600)
	return err
}

func (t *bench) loadAndSave(ctx context.Context, k driver.Key, n int64) error {
	var data []byte
	if err := t.load.QueryRowContext(ctx, k.ID.String()).Scan(&data); err != nil {
		return err
	}
	copy(data[len(data)-8:], fmt.Sprint(n))
	_, err := t.save.ExecContext(ctx, k.ID.String(), data, 3600)
	return err
}

// BenchmarkUpdate measures an update of one small field by 16 clients, beside the same by hand and beside what session libraries
// do. They take turns, so that a busy machine slows all of them. A round is 800 updates of each.
func BenchmarkUpdate(b *testing.B) {
	db := connect(b)
	db.SetMaxOpenConns(benchClients)
	small, middle, large := newBench(b, db, 1<<10), newBench(b, db, 2<<10), newBench(b, db, 200<<10)
	contenders := []struct {
		name string
		call func(ctx context.Context, k driver.Key, n int64) error
		keys []driver.Key
		took time.Duration
	}{
		{name: "1KB", call: small.store, keys: small.keys},
		{name: "2KB", call: middle.store, keys: middle.keys},
		{name: "200KB", call: large.store, keys: large.keys},
		{name: "2KB-by-hand", call: middle.hand, keys: middle.keys},
		{name: "2KB-by-hand-text", call: middle.handText, keys: middle.keys},
		{name: "2KB-load-and-save", call: middle.unprepared, keys: middle.keys},
		{name: "200KB-load-and-save", call: large.unprepared, keys: large.keys},
		{name: "2KB-load-and-save-prepared", call: middle.loadAndSave, keys: middle.keys},
		{name: "2KB-inc", call: middle.inc, keys: middle.keys},
		{name: "2KB-touch", call: middle.touch, keys: middle.keys},
		{name: "2KB-ten", call: middle.ten, keys: middle.keys},
		{name: "2KB-nested", call: middle.nested, keys: middle.keys},
		{name: "2KB-prepared", call: middle.prepared, keys: middle.keys},
		{name: "2KB-transaction", call: middle.transaction, keys: middle.keys},
	}
	for b.Loop() {
		for i := range contenders {
			c := &contenders[i]
			start := time.Now()
			var done sync.WaitGroup
			for client := range benchClients {
				done.Go(func() {
					for n := range benchUpdates {
						k := c.keys[(client+n*benchClients)%benchSessions]
						if err := c.call(context.Background(), k, 1_000_000+rand.Int64N(9_000_000)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			done.Wait()
			c.took += time.Since(start)
		}
	}
	ratio := func(name string, of, to int) {
		b.ReportMetric(float64(contenders[to].took)/float64(contenders[of].took), name)
	}
	for _, c := range contenders {
		b.ReportMetric(float64(c.took.Microseconds())/float64(b.N*benchClients*benchUpdates), c.name+"-µs")
	}
	ratio("x-by-hand", 1, 3)
	ratio("x-load-and-save-2KB", 1, 5)
	ratio("x-load-and-save-200KB", 2, 6)
	ratio("x-200KB-costs-of-1KB", 0, 2)
}
