package pictures

import "github.com/atomicsession/atomicsession/internal/pictures/drawing"

// The columns of two requests and of the store between them.
const (
	columnA     = 14
	columnStore = 183
	columnB     = 352
	columnWidth = 114
	stepHeight  = 26
	step        = 34 // from one step to the next
)

// Overwrite draws two requests at once that load, change and save, and two that send an operation.
func Overwrite() []byte {
	s := drawing.New("Two requests at the same time", "Two requests each add 1 to a counter that is 3. With load, change "+
		"and save both load 3 "+
		"and both save 4: one update is lost, though both were told that it worked. With operators both send “add 1”: the "+
		"store makes 4, then 5.")
	y := s.Head("Both add 1. The counter is 3. Time runs down.")

	p := newPanel(s, y+12, "Load, change, save: most libraries")
	p.lifeline(4)
	p.value(0, "3", "ours", "on")
	p.answer(1, columnA, "loads 3")
	p.answer(1, columnB, "loads 3")
	p.step(2, columnA, "3 + 1 = 4")
	p.step(2, columnB, "3 + 1 = 4")
	p.request(3, columnA, "saves 4")
	p.value(3, "4", "lost dashed", "lost")
	p.request(4, columnB, "saves 4")
	p.value(4, "4", "ours", "on")
	p.verdict(5, "lost", "It ends at 4: A is overwritten.")

	p = newPanel(s, p.at(6)+22, "Operators: atomicsession")
	p.lifeline(3)
	p.value(0, "3", "ours", "on")
	p.request(1, columnA, "add 1")
	p.value(1, "4", "ours", "on")
	p.request(2, columnB, "add 1")
	p.value(2, "5", "ours", "on")
	p.answer(3, columnA, "is told 4")
	p.answer(3, columnB, "is told 5")
	p.verdict(4, "ours", "It ends at 5: both are kept.")
	return s.SVG(p.at(5) - 8)
}

// panel is one of the ways, in steps that go down from its top.
type panel struct {
	*drawing.Sheet
	top int
}

// newPanel begins a panel with the names of its columns.
func newPanel(s *drawing.Sheet, y int, title string) panel {
	s.Text(drawing.Margin, y, "bold", title)
	s.Text(columnA+columnWidth/2, y+26, "faint middle", "Request A")
	s.Text(columnStore+columnWidth/2, y+26, "faint middle", "Store")
	s.Text(columnB+columnWidth/2, y+26, "faint middle", "Request B")
	return panel{s, y + 36}
}

// at is where a step begins.
func (p panel) at(n int) int { return p.top + n*step }

// lifeline draws the time of the store until a step.
func (p panel) lifeline(until int) {
	p.Line(columnStore+columnWidth/2, p.top, columnStore+columnWidth/2, p.at(until)+stepHeight, "line")
}

// value is what the store holds from a step on.
func (p panel) value(n int, value, box, text string) {
	p.Rect(columnStore+30, p.at(n), columnWidth-60, stepHeight, "paper")
	p.Rect(columnStore+30, p.at(n), columnWidth-60, stepHeight, box)
	p.Text(columnStore+columnWidth/2, p.at(n)+18, "bold middle "+text, value)
}

// step is what a request does.
func (p panel) step(n, column int, text string) {
	p.Rect(column, p.at(n), columnWidth, stepHeight, "box")
	p.Text(column+columnWidth/2, p.at(n)+18, "middle", text)
}

// request is a step that goes to the store.
func (p panel) request(n, column int, text string) {
	p.step(n, column, text)
	y := p.at(n) + stepHeight/2
	if column == columnA {
		p.Arrow(columnA+columnWidth+4, y, columnStore+26, y, "line thick")
	} else {
		p.Arrow(columnB-4, y, columnStore+columnWidth-26, y, "line thick")
	}
}

// answer is a step that comes from the store.
func (p panel) answer(n, column int, text string) {
	p.step(n, column, text)
	y := p.at(n) + stepHeight/2
	if column == columnA {
		p.Arrow(columnStore+columnWidth/2, y, columnA+columnWidth+4, y, "line thick")
	} else {
		p.Arrow(columnStore+columnWidth/2, y, columnB-4, y, "line thick")
	}
}

func (p panel) verdict(n int, class, text string) {
	p.Text(drawing.Width/2, p.at(n)+20, "bold middle "+class, text)
}
