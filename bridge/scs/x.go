package scsbridge

import (
	"github.com/alexedwards/scs/v2"
	"github.com/atomicsession/atomicsession"
)

var _ scs.Store
var _ *atomicsession.Manager
