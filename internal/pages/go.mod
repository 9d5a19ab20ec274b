module github.com/atomicsession/atomicsession/internal/pages

go 1.26.0

require github.com/atomicsession/atomicsession v0.1.0

require github.com/yuin/goldmark v1.8.7

replace github.com/atomicsession/atomicsession => ../..
