// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

@Suite struct VenueScoresTests {
    @Test func `a venue that we have not traded on is believed`() {
        let score = VenueScores()[3]
        #expect(score == VenueScore(fillRate: 1, restingFillRate: 0.5, fade: 0, toxicity: 0, restingToxicity: 0))
    }

    @Test func `rates are ratios of shares with the prior in them`() {
        var scores = VenueScores(memory: 1, prior: 1_000)
        scores.took(0, sent: Quantity(3_000), filled: Quantity(1_000), displayed: Quantity(2_000))
        scores.rested(0, sent: Quantity(4_000), filled: Quantity(500))
        scores.marked(0, -0.0002, Quantity(1_000), isMaker: false)
        scores.marked(0, 0.0001, Quantity(3_000), isMaker: true)
        #expect(scores[0].fillRate == 0.5)
        #expect(abs(scores[0].fade - 1_000.0 / 3_000) < 1e-12)
        #expect(scores[0].restingFillRate == 0.2)
        #expect(abs(scores[0].toxicity - 0.0001) < 1e-15)
        #expect(abs(scores[0].restingToxicity + 0.000075) < 1e-15)
    }

    @Test func `a miss costs what the next share was dearer by, never less than nothing`() {
        var scores = VenueScores(memory: 1, prior: 1_000)
        #expect(scores.missCost == 0)
        scores.missed(Quantity(3_000), dearer: Price(raw: 1_000_000))
        #expect(scores.missCost == 750_000)
        scores.missed(Quantity(4_000), dearer: Price(raw: -2_000_000))
        #expect(scores.missCost == 0)
    }

    @Test func `the old fades`() {
        var scores = VenueScores()
        for _ in 0..<1_000 { scores.took(0, sent: Quantity(100), filled: .zero, displayed: Quantity(100)) }
        let low = scores[0].fillRate
        for _ in 0..<1_000 { scores.took(0, sent: Quantity(100), filled: Quantity(100), displayed: Quantity(100)) }
        #expect(low < 0.06 && scores[0].fillRate > 0.95 && scores[0].fade < 0.01)
    }

    @Test func `what was learnt is saved and restored`() throws {
        var scores = VenueScores()
        scores.took(15, sent: Quantity(100), filled: Quantity(40), displayed: Quantity(90))
        scores.marked(15, -0.1, Quantity(40), isMaker: true)
        scores.missed(Quantity(50), dearer: Price(raw: 1_000_000))
        var writer = StateWriter()
        scores.save(to: &writer)
        var copy = VenueScores()
        var other = VenueScores(memory: 0.9)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
            var again = StateReader(bytes)
            #expect(throws: StateError.self) { try other.restore(from: &again) }
        }
        #expect(copy[15] == scores[15] && copy.missCost == scores.missCost && copy.missCost > 0)
    }
}
