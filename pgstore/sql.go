package pgstore

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed sql
var files embed.FS

// statements are what the methods send, for one schema.
type statements struct {
	create, created, load, loadFields, lock, read, delete, lives, sweep string

	theirs, everybodys many

	calls
	nestedCalls calls // with steps that need the functions of nested.sql
}

// many are about the sessions of a user, or about those of everybody.
type many struct{ list, selected, deleteMany string }

// calls are the statements that apply an update: set one that sets whole fields, on a connection that keeps what it has prepared, quick one of
// the simplest kind, and update any. Where the server plans each statement anew, but not what stands in a function, what set gains is lost
// twice over.
type calls struct{ set, quick, update string }

func newStatements(schema string) statements {
	get := func(name string) string { return render(schema, "sql/statements/"+name+".sql") }
	const steps = "$14::pg_catalog.text[]"
	nested := func(name string) string {
		return strings.Replace(get(name), steps, quoteIdentifier(schema)+".nested_v6("+steps+")", 1)
	}
	whose := func(condition string) many {
		get := func(name string) string { return strings.ReplaceAll(get(name), "{whose}", condition) }
		return many{get("list"), get("selected"), get("delete_many")}
	}
	load := func(named string) string { return strings.Replace(get("load"), "{named}", named, 1) }
	return statements{
		calls: calls{get("set"), get("quick"), get("update")}, nestedCalls: calls{quick: nested("quick"), update: nested("update")},
		create: get("create"), created: get("created"), lock: get("lock"), read: get("read"),
		delete: get("delete"), lives: get("lives"), sweep: get("sweep"),
		load: load(""), loadFields: load(" AND name OPERATOR(pg_catalog.=) ANY ($6::pg_catalog.text[])"),
		theirs:     whose("username OPERATOR(pg_catalog.=) $1::pg_catalog.text"),
		everybodys: whose("$1::pg_catalog.text IS NOT NULL"),
	}
}

// functions returns the statements that install the server's functions.
func functions(schema string) string {
	names, err := fs.Glob(files, "sql/functions/*.sql")
	if err != nil {
		panic(err) // the pattern is right
	}
	var all strings.Builder
	for _, name := range names {
		all.WriteString(render(schema, name))
	}
	return all.String()
}

// rememberSQL is what the files in sql call {remember}: the operation ID p_op joins the latest 16, and the oldest of them is forgotten.
const rememberSQL = `ops = CASE WHEN pg_catalog.octet_length(ops) {<} 256 THEN ops ELSE pg_catalog.substr(ops, 17) END {||} p_op,
      floor = CASE WHEN pg_catalog.octet_length(ops) {<} 256 THEN floor ELSE greatest(floor, pg_catalog.substr(ops, 1, 16)) END`

// freshSQL is what they call {fresh}: whether the update may be applied to the session as it is, whatever else it needs. Where it may not,
// update.sql knows why.
const freshSQL = `verifier {=} p_verifier AND expires {>} p_now AND floor {<} p_op
      AND position(pg_catalog.substr(p_op, 1, 15) IN ops) {=} 0 AND (pg_catalog.octet_length(ops) {%} 16) {=} 0`

// placeholders are what the files in sql call {schema}, for one schema, and so on. The words that a statement looks up by its
// search_path have their schema written here, since others may own one that comes before pg_catalog: types whose names are not
// keywords, operators, and in the files functions. The operators bind alike, more tightly than AND and IS.
func placeholders(schema string) []string {
	var pairs []string
	for _, name := range []string{"bytea", "text", "jsonb"} {
		pairs = append(pairs, "{"+name+"}", "pg_catalog."+name)
	}
	for _, name := range []string{"=", "<>", "<", ">", "<=", "+", "/", "%", "||"} {
		pairs = append(pairs, "{"+name+"}", "OPERATOR(pg_catalog."+name+")")
	}
	operators := strings.NewReplacer(pairs...)
	return append(pairs,
		"{schema}", quoteIdentifier(schema), "{meta}", metaSQL, "{listed}", listedSQL, "{signed_in_at}", "coalesce(authenticated, created)",
		"{changes}", operators.Replace(changesSQL), "{remember}", operators.Replace(rememberSQL), "{fresh}", operators.Replace(freshSQL),
		"{guard}", guardSQL, "{current}", currentSQL, "{key}", keySQL, "{state}", stateSQL,
	)
}

// render returns a file with the name of the schema and the like in their places.
func render(schema, name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the files are in the binary
	}
	return strings.NewReplacer(placeholders(schema)...).Replace(string(text))
}

func quoteIdentifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteLiteral(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}
