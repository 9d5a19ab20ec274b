package tables

// Plans returns statements that are made often, with how SQLite must find the rows; the names of indexes begin with the prefix.
func Plans(prefix string) map[string]string {
	s := newStatements(prefix)
	byID := "INDEX sqlite_autoindex_" + prefix + "session_1 (id"
	return map[string]string{
		s.findSession:      byID + "=?)",
		s.findRecord:       byID + "=?)",
		s.ofUser.list:      "INDEX " + prefix + "sessions_by_user (user=? AND id>?)",
		s.ofEverybody.list: byID + ">?)",
		s.ofUser.ids:       "INDEX " + prefix + "sessions_by_user (user=? AND id>?)",
		s.ofEverybody.ids:  byID + ">?)",
		s.deleteSelected:   byID + "=?)",
		s.deleteExpired:    "INDEX " + prefix + "sessions_by_hour (hour<?)",
		s.selectFields:     "INDEX sqlite_autoindex_" + prefix + "fields_1 (session=?)",
		s.selectField:      "INDEX sqlite_autoindex_" + prefix + "fields_1 (session=? AND name=?)",
		s.setUsed:          "INTEGER PRIMARY KEY (rowid=?)",
	}
}
