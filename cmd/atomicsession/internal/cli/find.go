package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

var prefixForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,22}$`)

// idPrefix sets a flag that names a session.
func idPrefix(to *string) func(string) error {
	return func(text string) error {
		_, err := atomicsession.ParseID(text)
		if *to = text; !prefixForm.MatchString(text) || len(text) == 22 && err != nil {
			return errors.New("neither a session ID nor the beginning of one")
		}
		return nil
	}
}

// find returns the session whose ID is, or alone begins with, what the flag says. Of a whole ID the store knows whether there is
// such a session, also beyond what is listed, unless the list is to tell.
func find(ctx context.Context, m *atomicsession.Manager, user, flag, prefix string, listed bool) (atomicsession.ID, error) {
	if id, err := atomicsession.ParseID(prefix); err == nil && !listed {
		return id, nil
	}
	infos, err := m.UserSessions(ctx, user)
	if err != nil {
		return atomicsession.ID{}, err
	}
	var found []atomicsession.ID
	var texts []string
	for _, info := range infos {
		if strings.HasPrefix(info.ID.String(), prefix) {
			found, texts = append(found, info.ID), append(texts, info.ID.String())
		}
	}
	limited := len(infos) == mostListed // such a list cannot tell whether there is another one
	switch {
	case len(found) == 1 && (!limited || found[0].String() == prefix):
		return found[0], nil
	case limited:
		return atomicsession.ID{}, misused("the user has %d sessions or more: %s takes whole IDs then, and no --dry-run", mostListed, flag)
	case len(found) == 0:
		return atomicsession.ID{}, fmt.Errorf("no live session of user %q has an ID that begins with %s", storeurl.Cut(user, 60), prefix)
	}
	more := ""
	if n := len(texts) - mostNamed; n > 0 {
		texts, more = texts[:mostNamed], fmt.Sprintf(" and %d more", n)
	}
	list := strings.Join(texts, ", ") + more
	return atomicsession.ID{}, fmt.Errorf("several sessions have an ID that begins with %s: %s", prefix, list)
}

// mostNamed is how many IDs an error lists.
const mostNamed = 10
