// SPDX-License-Identifier: MIT
import HeliosMath
import Testing

@Suite struct SeededRandomTests {
    @Test func `seed 42 gives the published numbers`() {
        var random = SeededRandom(seed: 42)
        #expect(random.next() == 13_679_457_532_755_275_413)
        random = SeededRandom(seed: 42)
        #expect(random.uniform() == 0.7415648787718233)
        random = SeededRandom(seed: 42)
        #expect(random.gaussian() == -0.8941334431933914)
        #expect(random.gaussian() == -0.4665347967936784)
    }
}
