package atomicsession

import "net/http"

func (m *Manager) WriteError(w http.ResponseWriter, r *http.Request, err error) {}
