package gorillabridge

import (
	"github.com/atomicsession/atomicsession"
	"github.com/gorilla/sessions"
)

var _ sessions.Store
var _ *atomicsession.Manager
