package peer

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mariadbHand has the rows of our store and promises what that does: a row for a session, one for each field; an update locks the session,
// sees that it is the caller's and live, that the update is no repetition of one that was applied, and that it stays within its size; all in
// one CALL of a prepared statement.
type mariadbHand struct {
	db                    *sql.DB
	reading, one, several *sql.Stmt
}

// handTables and handProcedure are what a good engineer writes for this application. In the second {measure} sets what the fields have of bytes,
// v_new and v_old, and {write} writes them.
const handTables = `
	CREATE TABLE IF NOT EXISTS session (
		id BINARY(16) PRIMARY KEY, verifier BINARY(32) NOT NULL, username VARBINARY(256), created BIGINT NOT NULL, last_used BIGINT NOT NULL,
		expires BIGINT NOT NULL, expires_hour BIGINT NOT NULL, bytes BIGINT NOT NULL, ops VARBINARY(256) NOT NULL,
		KEY (username, id), KEY (expires_hour)) ENGINE = InnoDB DEFAULT CHARACTER SET binary;
	CREATE TABLE IF NOT EXISTS field (
		session BINARY(16) NOT NULL, name VARBINARY(3000) NOT NULL, value LONGBLOB NOT NULL, PRIMARY KEY (session, name),
		FOREIGN KEY (session) REFERENCES session (id) ON DELETE CASCADE) ENGINE = InnoDB DEFAULT CHARACTER SET binary`

const handProcedure = `
	CREATE OR REPLACE PROCEDURE {name}(
		IN p_id BINARY(16), IN p_verifier BINARY(32), IN p_now BIGINT, IN p_expires BIGINT, IN p_op BINARY(16), {parameters})
	MODIFIES SQL DATA
	BEGIN
		DECLARE v_ops VARBINARY(256);
		DECLARE v_bytes, v_new BIGINT;
		DECLARE v_old BIGINT DEFAULT 0;
		DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
			ROLLBACK;
			RESIGNAL;
		END;
		START TRANSACTION;
		SELECT ops, bytes INTO v_ops, v_bytes FROM session WHERE id = p_id AND verifier = p_verifier AND expires > p_now FOR UPDATE;
		IF v_ops IS NULL THEN
			SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no session';
		ELSEIF LOCATE(p_op, v_ops) > 0 THEN
			ROLLBACK;
		ELSE
			{measure};
			IF v_bytes + v_new - v_old > 1048576 THEN
				SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too large';
			END IF;
			{write} ON DUPLICATE KEY UPDATE value = VALUES(value);
			UPDATE session SET last_used = GREATEST(last_used, p_now), expires = p_expires, expires_hour = p_expires DIV 3600000,
				bytes = v_bytes + v_new - v_old, ops = RIGHT(CONCAT(v_ops, p_op), 256) WHERE id = p_id;
			COMMIT;
		END IF;
	END`

func mariadbByHand(ctx context.Context, url, place string) (_ hand, _ func(), err error) {
	db, err := mariadbDB(ctx, url, place)
	if err != nil {
		return nil, nil, err
	}
	h := &mariadbHand{db: db}
	closeHand := func() { _ = db.Close() }
	defer func() {
		if err != nil {
			closeHand()
		}
	}()
	procedure := func(name, parameters, measure, write string) string {
		return strings.NewReplacer("{name}", name, "{parameters}", parameters, "{measure}", measure, "{write}", write).Replace(handProcedure)
	}
	const fields = `FROM JSON_TABLE(p_fields, '$[*]' COLUMNS (name VARCHAR(750) PATH '$.Name', value LONGTEXT PATH '$.Text')) s`
	for _, statement := range append(strings.Split(handTables, ";"),
		procedure("put", "IN p_name VARBINARY(3000), IN p_value LONGBLOB",
			`SET v_new = OCTET_LENGTH(p_name) + OCTET_LENGTH(p_value);
			SELECT OCTET_LENGTH(name) + OCTET_LENGTH(value) INTO v_old FROM field WHERE session = p_id AND name = p_name`,
			`INSERT INTO field VALUES (p_id, p_name, p_value)`),
		procedure("put_all", "IN p_fields LONGTEXT CHARACTER SET utf8mb4",
			`SELECT SUM(OCTET_LENGTH(s.name) + OCTET_LENGTH(s.value)), COALESCE(SUM(OCTET_LENGTH(f.name) + OCTET_LENGTH(f.value)), 0)
			INTO v_new, v_old `+fields+` LEFT JOIN field f ON f.session = p_id AND f.name = CAST(s.name AS BINARY)`,
			`INSERT INTO field SELECT p_id, s.name, s.value `+fields),
	) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, nil, err
		}
	}
	for text, stmt := range map[string]**sql.Stmt{
		`SELECT f.value FROM session s LEFT JOIN field f ON f.session = s.id AND f.name = ? WHERE s.id = ? AND s.verifier = ? AND s.expires > ?`: &h.reading,
		`CALL put(?, ?, ?, ?, ?, ?, ?)`:  &h.one,
		`CALL put_all(?, ?, ?, ?, ?, ?)`: &h.several,
	} {
		if *stmt, err = db.PrepareContext(ctx, text); err != nil {
			return nil, nil, err
		}
	}
	return h, closeHand, nil
}

func (h *mariadbHand) create(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	now := time.Now().UnixMilli()
	if _, err := h.db.ExecContext(ctx, `INSERT INTO session VALUES (?, ?, NULL, ?, ?, ?, ?, 0, '')`,
		k.id[:], k.verifier[:], now, now, expires.UnixMilli(), expires.UnixMilli()/3_600_000); err != nil {
		return err
	}
	return h.set(ctx, k, expires, fields)
}

func (h *mariadbHand) text(ctx context.Context, k handKey, name string) (string, error) {
	var text sql.NullString
	err := h.reading.QueryRowContext(ctx, name, k.id[:], k.verifier[:], time.Now().UnixMilli()).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoSession
	}
	return text.String, err
}

func (h *mariadbHand) set(ctx context.Context, k handKey, expires time.Time, fields []Field) (err error) {
	op := make([]byte, 16)
	rand.Read(op)
	args := []any{k.id[:], k.verifier[:], time.Now().UnixMilli(), expires.UnixMilli(), op}
	if len(fields) == 1 {
		_, err = h.one.ExecContext(ctx, append(args, fields[0].Name, fields[0].Text)...)
	} else {
		text, marshalErr := json.Marshal(fields)
		if marshalErr != nil {
			return marshalErr
		}
		_, err = h.several.ExecContext(ctx, append(args, string(text))...)
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok && e.Message == "no session" {
		return errNoSession
	}
	return err
}
