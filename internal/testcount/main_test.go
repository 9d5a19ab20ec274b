package main

import (
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	const passed = `{"Action":"pass","Package":"a","Test":"TestA/x","Elapsed":0.1}` + "\n" +
		`{"Action":"run","Package":"a","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"a","Test":"TestA"}` + "\n" +
		`{"Action":"pass","Package":"a","Elapsed":0.2}` + "\n"
	for name, c := range map[string]struct {
		events string
		failed bool
		want   string
	}{
		"all pass":                    {passed, false, "2 passed, 0 failed"},
		"one is skipped":              {passed + `{"Action":"skip","Package":"a","Test":"TestS"}`, false, "2 passed, 0 failed, 1 skipped"},
		"a package without tests":     {passed + `{"Action":"skip","Package":"b"}`, false, "2 passed, 0 failed"},
		"a test fails":                {passed + `{"Action":"fail","Package":"b","Test":"TestB"}{"Action":"fail","Package":"b"}`, true, "2 passed, 1 failed"},
		"a package does not build":    {passed + `{"Action":"build-fail","ImportPath":"b"}{"Action":"fail","Package":"b","FailedBuild":"b"}`, true, "2 passed, 1 failed"},
		"a package fails at its end":  {`{"Action":"fail","Package":"a"}` + passed, true, "2 passed, 1 failed"},
		"a failure beside a give-up":  {`{"Action":"fail","Package":"a"}{"Action":"fail","Package":"b","Test":"TestB"}`, true, "0 passed, 2 failed"},
		"nothing runs":                {"", true, "0 passed, 1 failed"},
		"fails without an event":      {passed, true, "2 passed, 1 failed"},
		"a quote in a test's name":    {`{"Action":"fail","Package":"a","Test":"Test/\"fail\""}`, true, "0 passed, 1 failed"},
		"what is no event of a test":  {passed + "FAIL\n", false, "2 passed, 1 failed"},
		"an event that was cut short": {passed + `{"Action":"pa`, false, "2 passed, 1 failed"},
	} {
		line, err := count(strings.NewReader(c.events), c.failed)
		if line != c.want {
			t.Errorf("%s: %q, want %q", name, line, c.want)
		}
		if wanted := strings.HasPrefix(name, "what is no") || strings.HasPrefix(name, "an event"); (err != nil) != wanted {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
