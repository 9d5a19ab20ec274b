package sqlitedrivers

const childVariable = "SQLITEDRIVERS_TEST_CHILD"

var children = map[string]func(){}
