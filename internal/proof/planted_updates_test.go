//go:build mutants

package proof

import "github.com/atomicsession/atomicsession/internal/mutant"

// plantedInUpdates are faults in how updates take effect one after the other.
var plantedInUpdates = []planted{
	{"update: evaluated outside the lock, brings back a session that has ended meanwhile", "memory", "", mutant.Edits{
		{"memstore/fallback.go", "import (\n", "import (\n\t\"container/heap\"\n"},
		{
			"memstore/fallback.go", "\t\treturn driver.Result{}, driver.ErrNotFound\n",
			"\t\ts.records[k.ID] = rec\n\t\ts.bytes += rec.bytes\n\t\ts.index(rec)\n\t\theap.Push(&s.expiry, rec.expiring())\n",
		},
	}},
	{"update: writes though there is no session", "Redis", "", mutant.Edits{
		{
			"redisstore/lua/update.lua", "  return repeated and 'unknown' or 'absent'\n",
			`  verifier, ops, size, used, lifetime, created = args[2], args[1] .. ' ' .. id, '0', args[1], '7200000', args[1]
  expires = string.format('%.0f', now + 7200000)
`,
		},
	}},
	{"touch: needs no secret", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/update.go", `c.guard(&r, o.now, o.key); err != nil {`, `c.guard(&r, o.now, o.key); err != nil && len(o.names) > 0 {`},
	}},
	{"touch: needs no secret", "PostgreSQL", "", mutant.Edits{
		{"pgstore/sql/statements/set.sql", `id {=} p_id AND {fresh}`, `id {=} p_id AND ({fresh} OR $11::{text}[] {=} '{}')`},
	}},
	{"touch: needs no secret", "MariaDB", "", mutant.Edits{
		{"mysqlstore/sql/quick.sql", `WHERE id = p_id AND verifier = p_verifier AND {fresh}`, `WHERE id = p_id AND (verifier = p_verifier OR p_step = '') AND {fresh}`},
	}},
	{"lock: given up for a moment between evaluation and writing", "memory", "", mutant.Edits{
		{
			"memstore/update.go", "\treturn s.apply(rec, now, u, c)\n}\n\n// change",
			"\ts.mu.Unlock()\n\ts.mu.Lock()\n\treturn s.apply(rec, now, u, c)\n}\n\n// change",
		},
	}},
	{"turns: updates that are evaluated outside the lock do not wait for theirs", "memory", "", mutant.Edits{
		{
			"memstore/fallback.go",
			"\tleave, err := s.turns.Take(ctx, k.ID)\n\tif err != nil {\n\t\treturn driver.Result{}, err\n\t}\n\tdefer leave()\n", "",
		},
	}},
	{"compare-and-set: does not compare", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/fallback.go", `err == nil && !slices.Equal(texts, old)`, `err == nil && slices.Compare(texts, old) > len(old)`},
	}},
	{"compare-and-set: does not compare", "Redis", "", mutant.Edits{
		{"redisstore/fallback.go", "\t\tfor i, name := range names {\n\t\t\to.args = append(o.args, \"same\", name, old[i])\n\t\t}\n", ""},
	}},
	{"compare-and-set: compares only the first of the fields that it has read", "Redis", "", mutant.Edits{
		{"redisstore/fallback.go", `for i, name := range names {`, `for i, name := range names[:1] {`},
	}},
	{"compare-and-set: does not compare", "PostgreSQL", "", mutant.Edits{
		{"pgstore/fallback.go", `o.step("same", o.field(name, kindRead), "", texts[i])`, `_, _ = o.field(name, kindRead), i`},
	}},
	{"compare-and-set: does not compare", "MariaDB", "", mutant.Edits{
		{"mysqlstore/sql/change.sql", `(p_seen IS NULL OR ops = p_seen)`, `(p_seen IS NULL OR ops <> '')`},
	}},
	{"compare-and-set: does not compare", "MongoDB", "", mutant.Edits{
		{"mongostore/fallback.go", `bson.E{Key: fieldOp, Value: bin(before.op[:])})`, `bson.E{Key: fieldOp, Value: call("$exists", true)})`},
	}},
	{"quick: does not look whether what it has read is still so", "PostgreSQL", "", mutant.Edits{
		{"pgstore/sql/functions/quick.sql", ` AND (NOT step OR ops = seen)`, ``},
	}},
	{"set: looks at the secret before it locks the session", "PostgreSQL", "", mutant.Edits{
		{
			"pgstore/sql.go", "freshSQL = `verifier {=} p_verifier AND",
			"freshSQL = `EXISTS (SELECT FROM {schema}.session o WHERE o.id = p_id AND o.verifier = p_verifier) AND",
		},
		{"pgstore/sql.go", `operators.Replace(freshSQL)`, `strings.ReplaceAll(operators.Replace(freshSQL), "{schema}", quoteIdentifier(schema))`},
	}},
	{"set: writes the fields whatever has become of the session", "PostgreSQL", "", mutant.Edits{
		{"pgstore/sql/statements/set.sql", "FROM changed, ROWS FROM", "FROM (SELECT s.id FROM {schema}.session s WHERE s.id = $1) changed, ROWS FROM"},
	}},
	{"update: does not lock the session", "PostgreSQL", "", mutant.Edits{
		{"pgstore/sql/functions/update.sql", `WHERE id = p_id FOR NO KEY UPDATE;`, `WHERE id = p_id;`},
	}},
	{"result: its metadata is from before the update", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/update.go", `outcome.Meta = r.Meta`, `outcome.Meta = before.Meta`},
	}},
}
