//go:build mutants

package proof

import "github.com/atomicsession/atomicsession/internal/mutant"

// plantedInRecords are faults in what finds, shows and ends records.
var plantedInRecords = []planted{
	{"load: answered from the client's cache", "Redis", "", mutant.Edits{
		{"redisstore/record.go", `if s.cacheTTL > 0 {`, `if s.cacheTTL >= 0 {`},
		{"redisstore/cache.go", `Cache(), s.cacheTTL)`, `Cache(), time.Minute)`},
		{"redisstore/open.go", `client.DisableCache = o.CacheTTL == 0`, `client.DisableCache = false`},
	}},
	{"load: answered from what this process has read or written", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/field.go", "\t\"math\"\n", "\t\"math\"\n\t\"sync\"\n"},
		{"sqlitestore/internal/tables/field.go", "// document reads all", "var documents sync.Map\n\n// document reads all"},
		{
			"sqlitestore/internal/tables/field.go", "\tnames, texts = make([]string, 0, 16), make([]string, 0, 16)\n", `	if d, known := documents.Load(n); known {
		return d.([2][]string)[0], d.([2][]string)[1], nil
	}
	defer func() { documents.Store(n, [2][]string{names, texts}) }()
	names, texts = make([]string, 0, 16), make([]string, 0, 16)
`,
		},
		{"sqlitestore/internal/tables/field.go", "\tif text == \"\" {\n", "\tdocuments.Delete(n)\n\tif text == \"\" {\n"},
	}},
	{"list: believes the index", "Redis", "", mutant.Edits{
		{"redisstore/users.go", `if list[0] != user {`, `if list[0] == "" {`},
	}},
	{"index: sessions that were not ended are removed from it, too", "Redis", "", mutant.Edits{
		{"redisstore/users.go", "if errs[i] == nil {\n\t\t\tremoved", "if errs[i] == nil || errors.Is(errs[i], driver.ErrNotFound) {\n\t\t\tremoved"},
	}},
	{"renewal: the old secret is good for a while", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/record.go", `return s.Int64(2) != 0, driver.ErrRenewed`, `return s.Int64(2) != 0, nil`},
	}},
	{"renewal: the old secret is good where fields are set", "PostgreSQL", "", mutant.Edits{
		{
			"pgstore/sql/statements/set.sql", `id {=} p_id AND {fresh}`,
			`id {=} p_id AND ({fresh} OR previous {=} p_verifier AND renewed {>} $4::bigint)`,
		},
	}},
	{"sweep: removes what it has found before", "SQLite", "", mutant.Edits{
		{"sqlitestore/internal/tables/sweep.go", `		err := s.write(ctx, func(c conn) error {
			if err := c.Run(c.deleteExpired, hour(now), now.UnixMilli(), step); err != nil {
				return err
			}
			n = int(c.Changes())
			return nil
		})
`, `		var found []int64
		err := s.read(ctx, func(c conn) error {
			for row, err := range All(c.Conn, "SELECT n FROM session WHERE hour <= ? AND expires <= ? LIMIT ?", hour(now), now.UnixMilli(), step) {
				if err != nil {
					return err
				}
				found = append(found, row.Int64(0))
			}
			return nil
		})
		for _, session := range found {
			if err == nil {
				err = s.write(ctx, func(c conn) error { return c.Run("DELETE FROM session WHERE n = ?", session) })
				n++
			}
		}
`},
	}},
	{"delete many: ends the sessions that it found before, even if they belong to another user by now", "SQLite", "", mutant.Edits{
		{
			"sqlitestore/internal/tables/statements.go", `AND (user = ? OR ? = '')" + signedInBefore + " RETURNING`,
			`AND (user = ? OR ? = '' OR true)" + signedInBefore + " RETURNING`,
		},
	}},
	{"delete many: ends the sessions that it found before, even if they belong to another user by now", "PostgreSQL", "", mutant.Edits{
		{"pgstore/sql/statements/delete_many.sql", "WHERE {whose} AND id", "WHERE ({whose} OR true) AND id"},
	}},
	{"delete many: ends the sessions that it found before, even if they belong to another user by now", "Redis", "", mutant.Edits{
		{"redisstore/lua/delete.lua", "if byUser and given ~= '=' .. (oldUser or '') then\n", "if byUser and given ~= '=' .. (oldUser or '') and ARGV[4] == '' then\n"},
	}},
}
