module github.com/atomicsession/atomicsession

go 1.26
