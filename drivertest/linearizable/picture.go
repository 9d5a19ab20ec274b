package linearizable

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// earlierMost is how many of the explained operations are shown: the latest.
const earlierMost = 8

// text tells of a part, and shows it.
func (p *part) text() string {
	earlier := p.earlier[max(0, len(p.earlier)-earlierMost):]
	var b strings.Builder
	session := sessionName(p.events[0].session)
	if len(earlier) > 0 {
		fmt.Fprintf(&b, "session %s was explained by these and those before them:\n", session)
		describe(&b, earlier)
	}
	fmt.Fprintf(&b, "session %s: %v\nand then:\n", session, p.before)
	describe(&b, p.events)
	if len(p.accused) > 0 {
		numbers := make([]string, len(p.accused))
		for i, e := range p.accused {
			numbers[i] = strconv.Itoa(e.number)
		}
		fmt.Fprintf(&b, "with another answer to %s there would be an order\n", strings.Join(numbers, ", or to "))
	}
	b.WriteString("\n" + picture(slices.Concat(earlier, p.events)))
	return b.String()
}

// describe writes the events as text, one in a line, in the order of their calls.
func describe(b *strings.Builder, events []*event) {
	for _, e := range events {
		fmt.Fprintf(b, "%4d  client %d  %s\n", e.number, e.client, e.text())
	}
}

const (
	pictureWidth = 128 // without the names of the lanes
	momentMost   = 14  // columns from one moment to the next
	momentLeast  = 5
)

// picture returns a lane for each client, with time to the right: from the call to the return of each event. The numbers are those of
// describe. A call whose outcome is unknown does not return.
func picture(events []*event) string {
	var moments []int64
	for _, e := range events {
		if moments = append(moments, e.begin); e.answer != nil {
			moments = append(moments, e.end)
		}
	}
	slices.Sort(moments)
	moments = slices.Compact(moments)
	width := max(momentLeast, min(momentMost, pictureWidth/(len(moments)+1)))
	total := width * (len(moments) + 1)
	at := func(moment int64) int {
		i, _ := slices.BinarySearch(moments, moment)
		return i * width
	}
	lanes := map[int][]rune{}
	for _, e := range events {
		lane, ok := lanes[e.client]
		if !ok {
			lane = []rune(strings.Repeat(" ", total))
			lanes[e.client] = lane
		}
		begin, end, last := at(e.begin), total-1, '>'
		if e.answer != nil {
			end, last = at(e.end), ']'
		}
		for i := begin; i < end; i++ {
			lane[i] = '-'
		}
		lane[begin], lane[end] = '[', last
		copy(lane[begin+1:end], []rune(fmt.Sprintf("%d %s", e.number, e.short())))
	}
	clients := make([]int, 0, len(lanes))
	for client := range lanes {
		clients = append(clients, client)
	}
	slices.Sort(clients)
	var b strings.Builder
	for from := 0; from < total; from += pictureWidth {
		for _, client := range clients {
			part := lanes[client][from:min(total, from+pictureWidth)]
			fmt.Fprintf(&b, "client %d  %s\n", client, strings.TrimRight(string(part), " "))
		}
		if from+pictureWidth < total {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// short returns what the operation is in a word or two.
func (o *operation) short() string {
	if o.label != "" {
		return o.label
	}
	if o.renewTo != 0 {
		return "renew"
	}
	return o.kind.String()
}
