package gorillabridge
import ("github.com/gorilla/sessions"; "github.com/atomicsession/atomicsession")
var _ sessions.Store
var _ *atomicsession.Manager
