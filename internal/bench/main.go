// Command bench compares atomicsession with other session libraries, on every store, and writes what it finds:
//
//	go run . -json results.json -docs ../../docs     everything, in less than 25 minutes on two cores
//	go run . -quick                                  a little of everything, in about one; writes nothing
//	go run . -only cost -stores Redis,memory         a part
//	go run . -stores Redis -with results.json -json results.json -docs ../../docs     a store anew, all else as it stands there
//	go run . -only races -with results.json -json results.json -docs ../../docs       a part anew, likewise
//	go run . -cell Redis/scs/write/2000/16 -cpuprofile cpu.out
//
// It fails if atomicsession loses a race.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/report"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, args []string) error {
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var (
		short   = flags.Bool("quick", false, "a little of everything, in about a minute")
		only    = flags.String("only", strings.Join(names, ","), "the `parts` to run")
		where   = flags.String("stores", strings.Join(stores, ","), "the `stores` to measure")
		with    = flags.String("with", "", "take what is not measured, other stores and parts, from this `file`")
		out     = flags.String("json", "", "write the results to this `file`")
		docs    = flags.String("docs", "", "write the report into this `folder`")
		one     = flags.String("cell", "", "measure nothing but this `store/peer/operation/size/clients`, for a profile")
		profile = flags.String("cpuprofile", "", "with -cell: write a CPU profile to this `file`")
		seconds = flags.Duration("for", 5*time.Second, "with -cell: how long")
	)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *one != "" {
		return profiled(ctx, *one, *profile, *seconds)
	}
	var earlier result.Run
	if *with != "" {
		text, err := os.ReadFile(*with)
		if err == nil {
			err = json.Unmarshal(text, &earlier)
		}
		if err != nil {
			return err
		}
	}
	whole := *with != "" || *only == strings.Join(names, ",") && *where == strings.Join(stores, ",")
	if *docs != "" && !whole {
		return errors.New("a report needs all parts, on all stores")
	}
	r := &runner{plan: full(), progress: os.Stderr}
	if *short {
		r.plan, r.Quick = quick(), true
	}
	r.stores = strings.Split(*where, ",")
	if err := r.do(ctx, strings.Split(*only, ",")); err != nil {
		return err
	}
	if complaints := broken(r.Run); len(complaints) > 0 {
		return errors.New("atomicsession does not keep its promise:\n" + strings.Join(complaints, "\n"))
	}
	if *with != "" {
		r.Run = r.Run.With(earlier, r.stores, stores)
	}
	return write(r.Run, *out, *docs, whole)
}

// write writes the results, and the report if the run is whole. A report that nobody wants is made all the same, so that it is known
// to work.
func write(run result.Run, file, docs string, whole bool) error {
	if file != "" {
		text, err := json.MarshalIndent(run, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	if docs == "" {
		dir, err := os.MkdirTemp("", "atomicsession-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // of no use to anybody
		docs = dir
	}
	return report.Write(run, docs)
}
