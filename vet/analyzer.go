// Package vet finds changes and conditions of package atomicsession that do nothing, since nothing is done with them:
//
//	Visits.Inc(1) // the change is made, and given to nobody
//
// The command beside it runs alone or in go vet:
//
//	go run github.com/atomicsession/atomicsession/vet/cmd/atomicsessionvet@latest ./...
//
//	go install github.com/atomicsession/atomicsession/vet/cmd/atomicsessionvet@latest
//	go vet -vettool=$(which atomicsessionvet) ./...
package vet

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// Analyzer reports calls, of whatever function, that return a Change, a Condition, an Elements or an Into of package atomicsession, or a
// slice of them, and whose results are dropped: the call is a statement of its own, also after go or defer, or all its results are
// assigned to _, converted or not. What is dropped on purpose can be given a name first.
var Analyzer = &analysis.Analyzer{
	Name:     "atomicsessionvet",
	Doc:      "report changes and conditions of package atomicsession that do nothing, since nothing is done with them",
	URL:      "https://pkg.go.dev/github.com/atomicsession/atomicsession/vet",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      run,
}

// reports has what to say of each type that does nothing by itself.
var reports = map[string]string{
	"Change":    "the change that %s returns does nothing by itself: give it to Session.Update",
	"Condition": "the condition that %s returns does nothing by itself: give it to If",
	"Elements":  "the elements that %s returns are only chosen: give the change that their Do returns to Session.Update",
	"Into":      "the place that %s returns is not read by itself: give it to Session.Read",
}

func run(pass *analysis.Pass) (any, error) {
	nodes := []ast.Node{(*ast.ExprStmt)(nil), (*ast.GoStmt)(nil), (*ast.DeferStmt)(nil), (*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil)}
	for n := range pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).PreorderSeq(nodes...) {
		var dropped []ast.Expr
		switch n := n.(type) {
		case *ast.ExprStmt:
			dropped = []ast.Expr{n.X}
		case *ast.GoStmt:
			dropped = []ast.Expr{n.Call}
		case *ast.DeferStmt:
			dropped = []ast.Expr{n.Call}
		case *ast.AssignStmt:
			dropped = unnamed(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			dropped = unnamed(n.Names, n.Values)
		}
		for _, e := range dropped {
			if call := called(pass.TypesInfo, e); call != nil {
				if report := reportOf(pass.TypesInfo.TypeOf(call)); report != "" {
					pass.ReportRangef(call, report, types.ExprString(ast.Unparen(call.Fun)))
				}
			}
		}
	}
	return nil, nil
}

// unnamed returns those of the values that are assigned to _ alone: a value has one target, or all of them if it is the only one.
func unnamed[E ast.Expr](targets []E, values []ast.Expr) (dropped []ast.Expr) {
	for i, value := range values {
		its := targets
		if len(targets) == len(values) {
			its = targets[i : i+1]
		}
		if !slices.ContainsFunc(its, named) {
			dropped = append(dropped, value)
		}
	}
	return dropped
}

func named[E ast.Expr](target E) bool {
	id, ok := ast.Unparen(target).(*ast.Ident)
	return !ok || id.Name != "_"
}

// called returns the call that an expression is, under parentheses and conversions; nil if it is none.
func called(info *types.Info, e ast.Expr) *ast.CallExpr {
	for {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || !info.Types[call.Fun].IsType() {
			return call
		}
		e = call.Args[0]
	}
}

// reportOf returns what to say of results of a type, "" if nothing.
func reportOf(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if pkg := t.Obj().Pkg(); pkg != nil && pkg.Path() == "github.com/atomicsession/atomicsession" {
			return reports[t.Obj().Name()]
		}
	case *types.Slice:
		return reportOf(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			if report := reportOf(v.Type()); report != "" {
				return report
			}
		}
	}
	return ""
}
