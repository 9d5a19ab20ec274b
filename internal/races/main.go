// Command races compares what session libraries of six languages keep of what they have said, when requests of one browser overlap:
//
//	go run . -json results.json -docs ../../docs     everything, in about half an hour
//	go run . -quick -only go/                        a sample
//	go run . -list                                   the names of all contestants
//	go run . -only php/,ruby/ -with results.json -json results.json -docs ../../docs     these anew, the others as they stand there
//
// It fails if atomicsession loses a race that it does not say it loses. README.md has the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/races/report"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := races
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		run = commands[os.Args[1]]
	}
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "races:", err)
		os.Exit(1)
	}
}

//go:generate go run . page results.json ../../docs

// languages, in the order of the table.
var languages = []string{"go", "node", "python", "php", "ruby", "java"}

func races(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("races", flag.ContinueOnError)
	var (
		quick = flags.Bool("quick", false, "a sample of each race")
		check = flags.Bool("check", false, "no race: only whether each application keeps the contract")
		list  = flags.Bool("list", false, "print the names of all contestants")
		only  = flags.String("only", "", "only contestants whose names begin with one of these `prefixes`")
		with  = flags.String("with", "", "take what is not measured from this `file`")
		out   = flags.String("json", "", "write the results to this `file`")
		docs  = flags.String("docs", "", "write the page into this `folder`")
	)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	all, err := setup.All("setups", languages...)
	if err != nil {
		return err
	}
	if *list {
		for _, c := range all {
			fmt.Println(c.Name())
		}
		return nil
	}
	var earlier report.Run
	if *with != "" {
		if earlier, err = report.Read(*with); err != nil {
			return err
		}
	}
	r := runner{plan: race.Full}
	if *quick {
		r.plan = race.Quick
	}
	if *check {
		r.plan = race.Plan{}
	}
	err = r.do(ctx, chosen(all, *only))
	if *with != "" {
		r.Run = r.With(earlier, all)
	}
	if *out != "" { // also of a run that has failed: it took long
		err = errors.Join(err, r.Save(*out))
	}
	if complaints := r.Broken(); err == nil && len(complaints) > 0 {
		err = errors.New("atomicsession does not keep its promise:\n" + strings.Join(complaints, "\n"))
	}
	if err == nil && *docs != "" {
		err = report.Write(r.Run, all, *docs)
	}
	return err
}

// chosen are the contestants whose names begin so.
func chosen(all []*setup.Contestant, prefixes string) (some []*setup.Contestant) {
	for _, c := range all {
		for prefix := range strings.SplitSeq(prefixes, ",") {
			if strings.HasPrefix(c.Name(), prefix) {
				some = append(some, c)
				break
			}
		}
	}
	return some
}

// runner holds the races of a plan.
type runner struct {
	plan race.Plan
	report.Run
}

// do runs the contestants one after the other.
func (r *runner) do(ctx context.Context, contestants []*setup.Contestant) error {
	if len(contestants) == 0 {
		return errors.New("there is no such contestant")
	}
	r.Begin()
	defer r.End()
	for i, c := range contestants {
		start := time.Now()
		outcomes, err := r.one(ctx, c)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%3d of %d: %s, %v\n", i+1, len(contestants), c.Name(), time.Since(start).Round(time.Second))
		for _, o := range outcomes {
			fmt.Fprintf(os.Stderr, "    %-26s %2d clients, %5v: %s\n", o.Race, o.Clients, o.Work, figure.Held(o, false))
		}
	}
	return nil
}

func (r *runner) one(ctx context.Context, c *setup.Contestant) ([]race.Outcome, error) {
	versions, err := c.VersionLines(ctx)
	if err != nil {
		return nil, err
	}
	p, err := c.Start(ctx)
	if err != nil {
		return nil, err
	}
	err = race.Check(ctx, p.Site)
	var outcomes []race.Outcome
	if err == nil {
		outcomes, err = r.plan.Run(ctx, p.Site)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w\n%s", c.Name(), err, p.Log()), p.Stop())
	}
	r.Add(c, versions, p.Servers, outcomes)
	return outcomes, p.Stop()
}
