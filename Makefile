# The four words; everything else is Meson and Ninja.
.PHONY: all check bench clean

all:
	tools/build release

check:
	./check

bench: all
	@if [ -x bench/run ]; then bench/run; else echo "no benchmarks yet: this tree has no bench/run"; fi

clean:
	rm -rf build-release build-asan build-fuzz build-gates
