package pictures

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/internal/pictures/drawing"
)

// recording is a run of the demo's race, as its page has recorded it.
type recording struct {
	Clients, Work, Requests int
	Lanes                   []lane
}

type lane struct {
	ID, Name, Version  string
	Acknowledged, Left int
	Blocks             []block
}

// block is a request: when the server worked on it, in ms, and the number that it was told.
type block struct {
	Row      int
	From, To float64
	N        int
	Kept     bool
}

// shown are the lanes of the picture: more would be too much to take in at once.
var shown = []string{"atomicsession", "scs"}

const (
	rowHeight   = 25
	blockHeight = 21
	blockWidth  = 26 // at least, for a number of two digits
)

// Race draws a recorded race: who was told what, and what is left of it.
func Race(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var run recording
	if err := json.Unmarshal(text, &run); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	lanes, longest, err := run.shown()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}

	s := drawing.New(fmt.Sprintf("%d requests add 1 to a counter", run.Requests), about(run, lanes))
	y := s.Head(fmt.Sprintf("One browser, up to %d requests at the same time. A block is a request, and its number is "+
		"what the server answered.", run.Clients))
	at := func(ms float64) int { return drawing.Margin + int(ms*(drawing.Width-2*drawing.Margin)/longest) }
	for _, l := range lanes {
		y = l.draw(s, y+22, at)
	}
	y += 4
	s.Line(drawing.Margin, y, drawing.Width-drawing.Margin, y, "line")
	step := 20.0
	for _, longer := range []float64{50, 100, 200, 500, 1000, 2000, 5000} {
		if longest/step > 6 {
			step = longer
		}
	}
	for ms := step; ms < longest*0.9; ms += step {
		s.Line(at(ms), y, at(ms), y+5, "line")
		s.Text(at(ms), y+20, "small faint middle", fmt.Sprintf("%.0f ms", ms))
	}
	y += 42
	s.Rect(drawing.Margin, y-16, 34, blockHeight, "ours")
	s.Text(drawing.Margin+17, y, "bold on middle", "7")
	s.Text(drawing.Margin+42, y, "", "kept")
	overwritten(s, 130, y-16, 34, "7")
	y = s.Lines(172, y, 30, "", "overwritten by a request that had read the same number")
	return s.SVG(y), nil
}

// shown are the lanes of the picture, and how long the longest took. It is an error if they cannot be drawn well.
func (r recording) shown() (lanes []lane, longest float64, err error) {
	shortest := math.Inf(1)
	for _, id := range shown {
		i := slices.IndexFunc(r.Lanes, func(l lane) bool { return l.ID == id })
		if i < 0 || len(r.Lanes[i].Blocks) == 0 {
			return nil, 0, fmt.Errorf("no lane %q", id)
		}
		l := r.Lanes[i]
		lanes = append(lanes, l)
		kept := 0
		for _, b := range l.Blocks {
			longest, shortest = max(longest, b.To), min(shortest, b.To-b.From)
			if b.Kept {
				kept++
			}
		}
		if kept != l.Left {
			return nil, 0, fmt.Errorf("%s has %d blocks that are kept, and %d are left", id, kept, l.Left)
		}
	}
	if shortest*(drawing.Width-2*drawing.Margin)/longest < blockWidth+2 {
		return nil, 0, fmt.Errorf("a request of %.1f ms is too short beside %.1f ms to show its number: record a race while "+
			"the machine has nothing else to do",
			shortest, longest)
	}
	return lanes, longest, nil
}

// about says it for those who do not see it.
func about(run recording, lanes []lane) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d requests of one visitor each add 1 to a counter, up to %d at the same time.", run.Requests, run.Clients)
	for _, l := range lanes {
		fmt.Fprintf(&text, " With %s the counter ends at %d of %d.", l.Name, l.Left, l.Acknowledged)
	}
	text.WriteString(" Requests that overlapped and were told the same number have overwritten each other: only the last of them counts.")
	return text.String()
}

// draw draws a lane below y, and returns where it ends.
func (l lane) draw(s *drawing.Sheet, y int, at func(ms float64) int) int {
	class, verdict := "ours", fmt.Sprintf("%d of %d kept", l.Left, l.Acknowledged)
	end := fmt.Sprintf("The counter ends at %d.", l.Left)
	if lost := l.Acknowledged - l.Left; lost > 0 {
		class, verdict = "lost", fmt.Sprintf("%s, %d lost", verdict, lost)
		end = fmt.Sprintf("The counter ends at %d: %d were overwritten.", l.Left, lost)
	}
	s.Text(drawing.Margin, y, "bold", l.Name)
	s.Text(drawing.Width-drawing.Margin, y, "bold end "+class, verdict)
	s.Text(drawing.Margin, y+20, class, end)
	y += 29
	rows := 0
	for _, b := range l.Blocks {
		rows = max(rows, b.Row+1)
		x, top := at(b.From)+1, y+b.Row*rowHeight
		width, number := at(b.To)-1-x, strconv.Itoa(b.N)
		if b.Kept {
			s.Rect(x, top, width, blockHeight, "ours")
			s.Text(x+width/2, top+16, "bold on middle", number)
		} else {
			overwritten(s, x, top, width, number)
		}
	}
	return y + rows*rowHeight
}

// overwritten draws a request whose answer is no longer true.
func overwritten(s *drawing.Sheet, x, y, width int, number string) {
	s.Rect(x, y, width, blockHeight, "lost dashed")
	s.Text(x+width/2, y+16, "lost middle", number)
	s.Line(x+5, y+blockHeight-5, x+width-5, y+5, "lost")
}
