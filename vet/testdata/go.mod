module example.com/shop

go 1.26.0

require github.com/atomicsession/atomicsession v0.1.0

replace github.com/atomicsession/atomicsession => ../..
