// Command races compares what session libraries of five languages keep of what they have said, when requests of one browser overlap:
//
//	go run . -json results.json -docs ../../docs     everything, in less than an hour
//	go run . -quick -languages go                    a sample
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
	"time"

	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/races/report"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
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

// languages, in the order of the table.
var languages = []string{"go", "node", "python", "php", "ruby", "java"}

func races(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("races", flag.ContinueOnError)
	var (
		quick  = flags.Bool("quick", false, "a sample of each race")
		check  = flags.Bool("check", false, "no race: only whether each application keeps the contract")
		list   = flags.Bool("list", false, "print the names of all contestants")
		in     = flags.String("languages", strings.Join(languages, ","), "the `languages`")
		only   = flags.String("only", "", "only contestants whose names begin with one of these `prefixes`")
		folder = flags.String("setups", "setups", "the `folder` of the set-ups")
		with   = flags.String("with", "", "take what is not measured from this `file`")
		out    = flags.String("json", "", "write the results to this `file`")
		docs   = flags.String("docs", "", "write the page into this `folder`")
	)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	all, err := setup.All(*folder, strings.Split(*in, ",")...)
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
	r := runner{plan: race.Full, progress: os.Stderr}
	if *quick {
		r.plan = race.Quick
	}
	if *check {
		r.plan = race.Plan{}
	}
	if err := r.do(ctx, chosen(all, *only)); err != nil {
		return err
	}
	if complaints := r.Broken(); len(complaints) > 0 {
		return errors.New("atomicsession does not keep its promise:\n" + strings.Join(complaints, "\n"))
	}
	if *with != "" {
		r.Run = r.With(earlier, all)
	}
	if *out != "" {
		if err := r.Save(*out); err != nil {
			return err
		}
	}
	if *docs != "" {
		return report.Write(r.Run, *docs)
	}
	return nil
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
	plan     race.Plan
	progress *os.File
	report.Run
}

// do runs the contestants one after the other.
func (r *runner) do(ctx context.Context, contestants []*setup.Contestant) error {
	if len(contestants) == 0 {
		return errors.New("there is no such contestant")
	}
	r.Begin()
	servers := new(setup.Servers)
	defer servers.Close()
	for i, c := range contestants {
		start := time.Now()
		outcomes, versions, err := r.one(ctx, c, servers)
		if err != nil {
			return err
		}
		r.Add(c, versions, outcomes)
		fmt.Fprintf(r.progress, "%3d of %d: %s, %v\n", i+1, len(contestants), c.Name(), time.Since(start).Round(time.Second))
		for _, o := range outcomes {
			fmt.Fprintf(r.progress, "    %-26s %2d clients, %5v: %4d of %4d held, %d refused, %d failed, most %d, took %v\n",
				o.Race, o.Clients, o.Work, o.Held, o.Of, o.Refused, o.Failed, o.Most, o.Took.Round(time.Millisecond))
		}
	}
	r.End(servers.Versions())
	return nil
}

func (r *runner) one(ctx context.Context, c *setup.Contestant, servers *setup.Servers) ([]race.Outcome, []string, error) {
	versions, err := c.VersionLines(ctx, servers)
	if err != nil {
		return nil, nil, err
	}
	p, err := c.Start(ctx, servers)
	if err != nil {
		return nil, nil, err
	}
	err = race.Check(ctx, p.Site)
	var outcomes []race.Outcome
	if err == nil {
		outcomes, err = r.plan.Run(ctx, p.Site)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", c.Name(), err, p.Log())
	}
	return outcomes, versions, errors.Join(err, p.Stop())
}
