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
	create, created, load, read, quick, update, delete, renewed     string
	listUser, userIDs, deleteUserSession, deleteUserSessions, sweep string
}

func newStatements(schema string) statements {
	get := func(name string) string { return render(schema, "sql/statements/"+name+".sql") }
	return statements{
		create: get("create"), created: get("created"), load: get("load"), read: get("read"), quick: get("quick"), update: get("update"),
		delete: get("delete"), renewed: get("renewed"), listUser: get("list_user"), deleteUserSession: get("delete_user_session"),
		userIDs: get("user_ids"), deleteUserSessions: get("delete_user_sessions"), sweep: get("sweep"),
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

// render returns a file with the name of the schema and the expressions on metadata in their places.
func render(schema, name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the files are in the binary
	}
	return strings.NewReplacer("{schema}", quoteIdentifier(schema), "{meta}", metaSQL, "{changes}", changesSQL).Replace(string(text))
}

func quoteIdentifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
