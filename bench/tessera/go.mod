module slagboom/bench/tessera

go 1.24

require (
	github.com/transparency-dev/tessera v1.0.4
	golang.org/x/mod v0.37.0
)
