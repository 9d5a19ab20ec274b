//go:build mutants

package proof

import "github.com/atomicsession/atomicsession/internal/mutant"

// plantedInRetries are faults in what is done when a reply is lost, and in what an acknowledgement is worth.
var plantedInRetries = []planted{
	{"retry: each try has an operation ID of its own", "Redis", "replies lost", mutant.Edits{
		{"redisstore/update.go", `o.args[argID] = o.id`, `o.args[argID] = newOpID()`},
	}},
	{"retry: each try has an operation ID of its own", "PostgreSQL", "replies lost", mutant.Edits{
		{"pgstore/update.go", `call, args := o.call(id, repeated)`, `call, args := o.call(retry.NewOpID(nil), repeated)`},
	}},
	{"retry: each try has an operation ID of its own", "MariaDB", "replies lost", mutant.Edits{
		{"mysqlstore/transaction.go", `o.id, o.repeated = id, repeated`, `o.id, o.repeated = retry.NewOpID(nil), repeated`},
	}},
	{"retry: each try has an operation ID of its own", "Redis", "requests delivered late", mutant.Edits{
		{"redisstore/update.go", `o.args[argID] = o.id`, `o.args[argID] = newOpID()`},
	}},
	{"retry: whatever was lost is sent again", "Redis", "replies lost", mutant.Edits{
		{"redisstore/exec.go", `err = p.Once(ctx, func() (err error) {`, `err = p.Repeat(ctx, func() (err error) {`},
	}},
	{"retry: the answer is the present state, not what the update left", "Redis", "replies lost", mutant.Edits{
		{"redisstore/result.go", `if a.status() == "earlier" || a.status() == "last" &&`, `if a.status() == "last" &&`},
		{"redisstore/result.go", `case a.status() == "last":`, `case a.status() == "last" || a.status() == "earlier":`},
	}},
	{"retry: the answer is the present state, not what the update left", "PostgreSQL", "replies lost", mutant.Edits{
		{
			"pgstore/sql/functions/update.sql",
			"  ELSIF seen > 0 AND seen < octet_length(s.ops) - 15 THEN\n    RETURN ARRAY['earlier'];\n", "",
		},
	}},
	{"memory of operation IDs: too short, and the store does not notice", "Redis", "replies lost", mutant.Edits{
		{"redisstore/script.go", "half = 8\n", "half = 1\n"},
		{"redisstore/lua/history.lua", `>= tonumber(since)`, `>= math.huge`},
	}},
	{"memory of operation IDs: too short, and the store does not notice", "PostgreSQL", tokens, mutant.Edits{
		{"pgstore/sql.go", "`ops = CASE WHEN pg_catalog.octet_length(ops) {<} 256 THEN", "`ops = CASE WHEN pg_catalog.octet_length(ops) {<} 16 THEN"},
		{
			"pgstore/sql.go", `floor = CASE WHEN pg_catalog.octet_length(ops) {<} 256 THEN floor ELSE greatest(floor, pg_catalog.substr(ops, 1, 16)) END`,
			`floor = floor`,
		},
	}},
	{"create: a lost reply counts as success", "Redis", tokens, mutant.Edits{
		{"redisstore/record.go", "\t\treturn nil\n\t}\n\treturn unknown\n", "\t\treturn nil\n\t}\n\treturn nil\n"},
	}},
	{"delete: a lost reply counts as success", "PostgreSQL", tokens, mutant.Edits{
		{
			"pgstore/record.go", "\t\t\tlost = lost || errors.Is(err, driver.ErrUnknownOutcome)\n\t\t\treturn err\n\t\t})\n",
			"\t\t\tif lost = lost || errors.Is(err, driver.ErrUnknownOutcome); lost {\n\t\t\t\treturn nil\n\t\t\t}\n\t\t\treturn err\n\t\t})\n\t\tif lost {\n\t\t\treturn nil\n\t\t}\n",
		},
	}},
	{"retry: each try has an operation ID of its own", "Redis", tokens, mutant.Edits{
		{"redisstore/update.go", `o.args[argID] = o.id`, `o.args[argID] = newOpID()`},
	}},
	{"acknowledgement: before the commit", "SQLite", "", mutant.Edits{
		{
			"sqlitestore/writer.go", "\t\t\tif err := w.applyTo(r); err != nil {\n\t\t\t\treturn batch, err\n\t\t\t}\n",
			"\t\t\tif err := w.applyTo(r); err != nil {\n\t\t\t\treturn batch, err\n\t\t\t}\n\t\t\tr.answer(nil)\n\t\t\tbatch = batch[:len(batch)-1]\n",
		},
	}},
	{"acknowledgement: before the commit is on the disk", "PostgreSQL", "server killed", mutant.Edits{
		{
			"pgstore/pool.go", "\t\tdata[sinceKey] = time.Now()\n",
			"\t\tdata[sinceKey] = time.Now()\n\t\t_, _ = c.Exec(ctx, \"SET synchronous_commit = off\")\n",
		},
	}},
}
