package integration

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// formHTML is a form with a button.
func formHTML(action, token, button string) string {
	return fmt.Sprintf(`<form method="post" action="%s"><input type="hidden" name="csrf_token" value="%s"><button id="%[3]s">%[3]s</button></form>`,
		action, token, button)
}

// form is a page with a form, and with whoever is signed in.
func (m *mall) form(text, action string) answer {
	return func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
		user, userErr := s.User(r.Context())
		token, err := s.CSRFToken(r.Context())
		if err = errors.Join(userErr, err); err == nil {
			m.write(w, r, text+", "+user, formHTML(action, token, "send"))
		}
		return err
	}
}

func (m *mall) cart(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	n, _, err := count.Get(r.Context(), s)
	user, userErr := s.User(r.Context())
	m.write(w, r, fmt.Sprintf("cart %d of %s", n, user), "")
	return errors.Join(err, userErr)
}

func (m *mall) add(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	m.reach("add", 0)
	err := s.Update(r.Context(), count.Inc(1))
	if err == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
	return err
}

// apiAdd is add for scripts of this site.
func (m *mall) apiAdd(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	if err := m.sessions.CheckOrigin(r); err != nil {
		return err
	}
	m.reach("add", 0)
	err := s.Update(r.Context(), count.Inc(1))
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (m *mall) login(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	n := int(m.signIns.Add(1))
	m.reach("check", n)
	err := m.signIn(r.Context(), s)
	m.reach("answer", n)
	if err == nil {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
	return err
}

// account shows what the visitor has.
func (m *mall) account(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	user, userErr := s.User(r.Context())
	n, _, countErr := count.Get(r.Context(), s)
	token, err := s.CSRFToken(r.Context())
	if err = errors.Join(userErr, countErr, err); err == nil {
		m.write(w, r, fmt.Sprintf("account of %s, cart %d", user, n), formHTML("/logout", token, "out"))
	}
	return err
}

// profile is a page that is to be told of the session's end.
func (m *mall) profile(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	if err := s.Refresh(r.Context()); err != nil {
		return err
	}
	user, err := s.User(r.Context())
	m.write(w, r, "profile of "+user, "")
	return err
}

func (m *mall) logout(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	m.reach("out", 0)
	err := s.Destroy(r.Context())
	m.reach("gone", 0)
	if err == nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
	return err
}

func (m *mall) note(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	err := s.Update(r.Context(), log.Push("note"))
	if err == nil {
		http.Redirect(w, r, "/notes", http.StatusSeeOther)
	}
	return err
}

func (m *mall) notes(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
	notes, _, err := log.Get(r.Context(), s)
	user, userErr := s.User(r.Context())
	m.write(w, r, fmt.Sprintf("%d noted for %s", len(notes), user), "")
	return errors.Join(err, userErr)
}
