package mongostore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/driver/retry"
)

// Migration returns what [Store.EnsureIndexes] would do now, as a script for mongosh: one command, which makes the indexes
// that are missing, or "" if none is. It changes nothing. Somebody who may make indexes can run the script in place of
// EnsureIndexes, and leaves exactly the same. The errors are those of EnsureIndexes.
func (s *Store) Migration(ctx context.Context) (script string, err error) {
	ctx, err = s.ready(ctx)
	if err != nil {
		return "", err
	}
	p := retry.For(s.timeout)
	wanted, err := s.missing(ctx, &p)
	if err != nil || len(wanted) == 0 {
		return "", err
	}
	definitions := make([]string, len(wanted))
	for i, ix := range wanted {
		definitions[i] = "\n    " + ix.definition()
	}
	return fmt.Sprintf("db.getSiblingDB(%s).runCommand({\n  \"createIndexes\": %s,\n  \"indexes\": [%s\n  ]\n});\n",
		quoted(s.coll.Database().Name()), quoted(s.coll.Name()), strings.Join(definitions, ",")), nil
}

// definition returns the index as the command createIndexes takes it. In mongosh's language members keep their order.
func (ix index) definition() string {
	keys := make([]string, len(ix.keys))
	for i, key := range ix.keys {
		keys[i] = fmt.Sprintf("%s: %v", quoted(key.Key), key.Value)
	}
	option := `"expireAfterSeconds": 0`
	if !ix.ttl {
		option = fmt.Sprintf(`"partialFilterExpression": {%s: {"$exists": true}}`, quoted(ix.keys[0].Key))
	}
	return fmt.Sprintf(`{"key": {%s}, "name": %s, %s}`, strings.Join(keys, ", "), quoted(ix.name), option)
}

// quoted returns text as a literal of mongosh's language, which are those of JSON.
func quoted(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		panic(err) // which no text makes it return
	}
	return string(literal)
}
