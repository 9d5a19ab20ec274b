package atomicsession

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/atomicsession/atomicsession/driver"
)

// The attributes of a session, none of which grows beyond what stands here: so they have [driver.MaxAttrs] bytes at most, whatever is changed.
const (
	attrLabel   = "label"
	attrMethods = "methods" // with spaces between them
	attrAgent   = "agent"   // the header User-Agent
	attrDevice  = "device"  // what Options.Device says, as a JSON object

	maxLabel  = 256
	maxAgent  = 256
	maxDevice = 256
)

// ofNobody is what becomes of the attributes of a session that is nobody's any more.
var ofNobody = driver.Attrs{attrMethods: "", attrAgent: "", attrDevice: ""}

// deviceAttrs returns what is to be noted of the device that sends the request.
func (s *Session) deviceAttrs() driver.Attrs {
	attrs := driver.Attrs{}
	if agent := printable(s.request.UserAgent(), maxAgent); agent != "" {
		attrs[attrAgent] = agent
	}
	if s.m.opts.Device == nil || s.request.Header == nil { // no device has sent the request of Manager.Issue
		return attrs
	}
	device := s.m.opts.Device(s.request)
	text, err := json.Marshal(device)
	switch {
	case len(device) == 0:
		attrs[attrDevice] = ""
	case err != nil || len(text) > maxDevice:
		s.m.log().ErrorContext(s.request.Context(), "Options.Device says too much of a device, which is not noted", "bytes", len(text), "at most", maxDevice)
	default:
		attrs[attrDevice] = string(text)
	}
	return attrs
}

// newDeviceAttrs returns those that differ from what is known; nil if none does.
func (s *Session) newDeviceAttrs(known driver.Attrs) driver.Attrs {
	attrs := s.deviceAttrs()
	for name, text := range attrs {
		if known[name] == text {
			delete(attrs, name)
		}
	}
	if len(attrs) == 0 {
		return nil
	}
	return attrs
}

// printable returns the beginning of text, of most bytes at most, without what is no text.
func printable(text string, most int) string {
	text = strings.ToValidUTF8(text[:min(len(text), most)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

// readDevice reads what deviceAttrs has made of Options.Device.
func readDevice(text string) (device map[string]string) {
	if text == "" || json.Unmarshal([]byte(text), &device) != nil {
		return nil
	}
	return device
}
