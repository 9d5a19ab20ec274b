package retry_test

import (
	"errors"
	"io"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

func TestShown(t *testing.T) {
	cause := &driver.OpError{Op: "secret", Err: io.EOF}
	err := retry.Shown(driver.ErrFull, "the disk\nis full", cause)
	if want := "store full: the disk; is full"; err.Error() != want || !errors.Is(err, driver.ErrFull) || !errors.Is(err, io.EOF) {
		t.Errorf("%v, want %s, %v and %v", err, want, driver.ErrFull, io.EOF)
	}
	if found, ok := errors.AsType[*driver.OpError](err); !ok || found != cause {
		t.Error("the cause is not found")
	}
	if err := retry.Shown(nil, "text", cause); err.Error() != "text" || !errors.Is(err, io.EOF) || retry.CanRepeat(err) {
		t.Errorf("without a meaning: %v", err)
	}
	if err := retry.Shown(driver.ErrUnavailable, "text", cause); retry.CanRepeat(err) {
		t.Error("it counts as a refusal that passes")
	}
}
