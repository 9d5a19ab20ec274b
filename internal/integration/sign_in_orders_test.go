package integration

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// orders returns all permutations of the numbers below n.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, order := range orders(n - 1) {
		for i := range n {
			next := append(append(append([]int{}, order[:i]...), n-1), order[i:]...)
			all = append(all, next)
		}
	}
	return all
}

// Several requests sign in with the same secret of before, and their answers arrive in any order: after each of them the visitor is
// signed in, and has the cart; also if all have verified their forms before one of them signs in.
func TestSignInAnswersInAnyOrder(t *testing.T) {
	for _, s := range signIns {
		for _, together := range []bool{false, true} {
			for n := 2; n <= 3; n++ {
				for _, order := range orders(n) {
					t.Run(fmt.Sprintf("%s/together=%v/%v", s.name, together, order), func(t *testing.T) {
						m := newMall(t, atomicsession.Options{})
						m.signIn = s.do
						answers := signInMany(m, n, together)
						for left := n - 1; left >= 0; left-- {
							if status := answers.arrive(order[left]); status == http.StatusGone {
								t.Errorf("answer %d is %d", order[left], status)
							}
							answers.client.get("/account", s.want)
							answers.client.get("/login", "Please sign in, ann")
						}
						answers.client.post("/note", answers.client.token("/note"))
						if begun := m.begun(); begun > n+1 {
							t.Errorf("%d sessions have begun", begun)
						}
					})
				}
			}
		}
	}
}

// heldAnswers are answers to sign-ins, which have happened.
type heldAnswers struct {
	client  *client
	release []chan struct{}
	status  chan int
}

// signInMany signs in n times, one after the other or together, with a cart of 1.
func signInMany(m *mall, n int, together bool) *heldAnswers {
	m.t.Helper()
	a := &heldAnswers{client: newClient(m), status: make(chan int, n)}
	a.client.get("/add", "")
	token := a.client.token("/login")
	signedIn := make(chan struct{}, n)
	var all sync.WaitGroup
	all.Add(n)
	for range n {
		a.release = append(a.release, make(chan struct{}))
	}
	m.holdAt(func(at string, i int) {
		switch at {
		case "check":
			if together {
				all.Done()
				all.Wait()
			}
		case "answer":
			signedIn <- struct{}{}
			await(m.t, a.release[i-1])
		}
	})
	var requests sync.WaitGroup
	for range n {
		requests.Go(func() {
			resp, _ := a.client.send(http.MethodPost, "/login", url.Values{"csrf_token": {token}})
			a.status <- resp.StatusCode
		})
		if !together {
			await(m.t, signedIn)
		}
	}
	if together {
		for range n {
			await(m.t, signedIn)
		}
	}
	m.t.Cleanup(requests.Wait)
	return a
}

// arrive lets the answer to the i-th sign-in arrive, with its cookie, and returns its status.
func (a *heldAnswers) arrive(i int) int {
	close(a.release[i])
	return <-a.status
}

// A request with the secret of the first sign-in is under way when the answer of the second arrives. It does its work, and its answer
// takes nothing from the visitor.
func TestSignInWhileRequestsAreUnderWay(t *testing.T) {
	for _, order := range orders(2) {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			m := newMall(t, atomicsession.Options{})
			answers := signInMany(m, 2, false)
			answers.arrive(order[0])
			came, goOn, done := make(chan struct{}), make(chan struct{}), make(chan *http.Response, 1)
			m.holdAt(func(at string, _ int) {
				if at == "add" {
					close(came)
					await(t, goOn)
				}
			})
			go func() {
				resp, _ := answers.client.send(http.MethodGet, "/add", nil)
				done <- resp
			}()
			await(t, came)
			answers.arrive(order[1])
			close(goOn)
			if resp := <-done; resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("status %d, cookie %q", resp.StatusCode, resp.Header.Get("Set-Cookie"))
			}
			answers.client.get("/account", "account of ann, cart 1")
		})
	}
}

// Whoever has planted the secret of before, and knows the password, but has no second factor, sees nothing of what comes after it,
// whenever he signs in.
func TestPlantedSecretWithoutTheSecondFactor(t *testing.T) {
	for _, order := range []string{"APF", "PAF", "PFA"} {
		for _, s := range signIns {
			t.Run(s.name+"/"+order, func(t *testing.T) {
				m := newMall(t, atomicsession.Options{})
				m.signIn = s.do
				m.handle(m.shop, "POST /factor", func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
					err := s.Renew(r.Context(), atomicsession.Path("treasure").Set(1))
					if err == nil {
						http.Redirect(w, r, "/document", http.StatusSeeOther)
					}
					return err
				})
				m.handle(m.shop, "GET /document", func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
					doc, err := s.Document(r.Context())
					_, _ = io.WriteString(w, "document "+doc.Text())
					return err
				})
				visitor := newClient(m)
				visitor.get("/add", "")
				attacker, passive := visitor.planted(), visitor.planted()
				sees := func() {
					t.Helper()
					for _, c := range []*client{attacker, passive} {
						if text := c.get("/document", "document {"); strings.Contains(text, "treasure") {
							t.Errorf("the attacker sees %s", text)
						}
					}
				}
				for _, who := range order {
					switch who {
					case 'A':
						attacker.post("/login", attacker.token("/login"))
						attacker.get("/account", "account of ann")
					case 'P':
						visitor.post("/login", visitor.token("/login"))
						visitor.get("/account", "account of ann")
					case 'F':
						visitor.post("/factor", visitor.token("/account"))
						visitor.get("/document", "treasure")
					}
					sees()
				}
				visitor.post("/note", visitor.token("/note"))
				sees()
				visitor.get("/document", `"treasure":1`)
				passive.get("/account", "account of , cart 0")
			})
		}
	}
}
