# Everything a person or a machine does with this repository.
.PHONY: demo test soak bench lint docs format clean

demo:            ## installs what is missing, generates a market day, trades it, writes demo/out/report.html
	@Scripts/demo.sh

test:            ## everything that must hold: builds, determinism across build modes, the test suite
	@Scripts/test.sh

soak:            ## larger volumes: SEEDS=20000 KILLS=1000 FENCES=30 FAILOVERS=200 MATCHING=1000 SEED=1
	@swift build -c release --product helios
	.build/release/helios simulate --seed $(or $(SEED),1) --seeds $(or $(SEEDS),20000)
	@KILLS=$(or $(KILLS),1000) FENCES=$(or $(FENCES),30) FAILOVERS=$(or $(FAILOVERS),200) SEED=$(or $(SEED),1) Scripts/crash.sh
	Scripts/matching-soak.sh $(or $(SEED),1) $(or $(MATCHING),1000)

bench:           ## all benchmarks, on a generated day or on ITCH=FILE
	@Scripts/bench.sh $(ITCH)

lint:            ## the formatter's rules
	swift format lint --strict --recursive --parallel Sources Tests Benchmarks Fuzz Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Benchmarks Fuzz Package.swift

docs:            ## the generated reference pages, from the code's own tables
	HELIOS_REGENERATE=1 swift test --filter "DocumentationTests|SchemaTests"

clean:
	rm -rf .build demo
