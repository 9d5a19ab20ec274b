package pgstore

import (
	"database/sql"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
)

// typeMaps writes and reads the text form of arrays, which database/sql has no type for. A map is for one at a time.
var typeMaps = sync.Pool{New: func() any { return pgtype.NewMap() }}

// encode returns the arguments of a statement as any driver of database/sql takes them.
func encode(args []any) ([]any, error) {
	list := make([]any, len(args))
	for i, arg := range args {
		list[i] = arg
		oid := uint32(pgtype.TextArrayOID)
		switch arg.(type) {
		case []string, []*string:
		case [][]byte:
			oid = pgtype.ByteaArrayOID
		default:
			continue
		}
		m := typeMaps.Get().(*pgtype.Map)
		text, err := m.Encode(oid, pgtype.TextFormatCode, arg, nil)
		typeMaps.Put(m)
		if err != nil {
			return nil, err
		}
		list[i] = string(text)
	}
	return list, nil
}

// decode sets what dest points to to a value as a driver of database/sql returns it.
func decode(dest, value any) error {
	var err error
	switch dest := dest.(type) {
	case nil:
	case sql.Scanner:
		err = dest.Scan(value)
	case *bool:
		err = to(dest, value)
	case *[]byte:
		err = to(dest, value)
	case *int:
		var n int64
		err = to(&n, value)
		*dest = int(n)
	case *string:
		if text, ok := value.([]byte); ok {
			value = string(text)
		}
		err = to(dest, value)
	default:
		err = decodeArray(dest, value)
	}
	if err != nil {
		return driver.Corrupt(foreignRow)
	}
	return nil
}

func to[T any](dest *T, value any) error {
	v, ok := value.(T)
	if !ok {
		return fmt.Errorf("a value of type %T", value)
	}
	*dest = v
	return nil
}

func decodeArray(dest, value any) error {
	var text []byte
	switch value := value.(type) {
	case string:
		text = []byte(value)
	case []byte:
		text = value
	}
	m := typeMaps.Get().(*pgtype.Map)
	defer typeMaps.Put(m)
	return m.Scan(pgtype.TextArrayOID, pgtype.TextFormatCode, text, dest)
}
