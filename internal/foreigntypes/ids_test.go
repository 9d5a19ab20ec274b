package foreigntypes

import (
	gofrs "github.com/gofrs/uuid/v5"
	"github.com/google/uuid"
	"github.com/oklog/ulid/v2"
	"github.com/rs/xid"
	"github.com/segmentio/ksuid"
)

func idTypes() []row {
	u := uuid.MustParse("0190d2c8-6b9f-7c3a-9f5e-8a4e6f1b2c3d")
	g := gofrs.Must(gofrs.FromString("0190d2c8-6b9f-7c3a-9f5e-8a4e6f1b2c3d"))
	return []row{
		of(u, uuid.Max),
		of(&u, &uuid.Nil),
		of(uuid.NullUUID{UUID: u, Valid: true}, uuid.NullUUID{Valid: true}),
		of(uuid.UUIDs{u, uuid.Nil}),
		of(g, gofrs.Max),
		of(gofrs.NullUUID{UUID: g, Valid: true}, gofrs.NullUUID{Valid: true}),
		of(ulid.MustParse("01ARZ3NDEKTSV4RRFFQ69G5FAV"), ulid.MustParse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")),
		of(must(xid.FromString("9m4e2mr0ui3e8a215n4g"))), // its zero value is written as null
		of(must(ksuid.Parse("0ujtsYcgvSTl8PAuAdqWYSMnLOv")), ksuid.Max),
		of(map[uuid.UUID]int{u: 1, uuid.Nil: 2}),
	}
}
