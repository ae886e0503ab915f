// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

extension OrderFlowImbalance: Stateful {}
extension PageHinkley: Stateful {}
extension PopulationStability: Stateful {}
extension RecursiveLeastSquares: Stateful {}
extension TimedAverage: Stateful {}

private func makeStability() -> PopulationStability {
    guard
        let window = PopulationStability(edges: [-0.5, 0, 0.5], expected: [0.3, 0.2, 0.2, 0.3], capacity: 40)
    else { preconditionFailure("the bins are in order") }
    return window
}

private func stepModel(_ model: inout RecursiveLeastSquares, _ random: inout SeededRandom) {
    let features = [1, random.gaussian(), random.gaussian()]
    model.update(features.span, features[1] - 2 * features[2] + 0.1 * random.gaussian())
}

private func stepFlow(_ flow: inout OrderFlowImbalance, _ random: inout SeededRandom) {
    let bid = 10_000 + Int64(random.uniform() * 5)
    flow.update(
        bidPrice: Price(raw: bid),
        bidQuantity: Quantity(Int(random.uniform() * 9)),
        askPrice: Price(raw: bid + 1 + Int64(random.uniform() * 3)),
        askQuantity: Quantity(Int(random.uniform() * 9))
    )
}

@Suite struct ModelStateTests {
    private let cuts = [0, 1, 39, 40, 41, 1_000]

    @Test func `saved models go on to the bit`() {
        expectContinues(cuts: cuts) {
            RecursiveLeastSquares(features: 3)
        } step: { model, random in
            stepModel(&model, &random)
        }
        expectContinues(cuts: cuts) {
            makeStability()
        } step: { window, random in
            window.push(random.gaussian())
        }
        expectContinues(cuts: cuts) {
            PageHinkley(tolerance: 0.1, threshold: 30)
        } step: { detector, random in
            detector.update(random.gaussian())
        }
        expectContinues(cuts: cuts) {
            OrderFlowImbalance()
        } step: { flow, random in
            stepFlow(&flow, &random)
        }
    }

    @Test func `a saved average goes on to the bit`() {
        var random = SeededRandom(seed: 1)
        var average = TimedAverage(timeConstant: 5_000)
        var time = Timestamp.zero
        for _ in 0..<100 {
            time = time + Nanoseconds(random.uniform() * 900)
            average.update(random.gaussian(), at: time)
        }
        var copy = TimedAverage(timeConstant: 5_000)
        #expect(restore(&copy, saved(average)) == nil)
        for _ in 0..<100 {
            time = time + Nanoseconds(random.uniform() * 900)
            let value = random.gaussian()
            average.update(value, at: time)
            copy.update(value, at: time)
            #expect(copy.value == average.value)
        }
    }

    @Test func `other settings are a mismatch that names them`() {
        var model = RecursiveLeastSquares(features: 3)
        #expect(
            restore(&model, saved(RecursiveLeastSquares(features: 2)))?.reason.hasPrefix("number of features") == true
        )
        var detector = PageHinkley(tolerance: 1, threshold: 2)
        let other = saved(PageHinkley(tolerance: 1, threshold: 3))
        #expect(restore(&detector, other)?.reason.hasPrefix("threshold of the Page-Hinkley test") == true)
        var average = TimedAverage(timeConstant: 1)
        let slow = saved(TimedAverage(timeConstant: 2))
        #expect(restore(&average, slow)?.reason.hasPrefix("time constant of the average") == true)
        var window = makeStability()
        guard let moved = PopulationStability(edges: [-0.5, 0, 0.6], expected: [0.3, 0.2, 0.2, 0.3], capacity: 40)
        else {
            Issue.record("no window")
            return
        }
        #expect(restore(&window, saved(moved))?.reason.hasPrefix("edge of a bin") == true)
    }

    @Test func `cut or turned bytes are an error or a model that works, never a trap`() {
        expectSurvives(after: 30) {
            RecursiveLeastSquares(features: 3)
        } step: { model, random in
            stepModel(&model, &random)
        }
        for steps in [5, 70] {
            expectSurvives(after: steps) {
                makeStability()
            } step: { window, random in
                window.push(random.gaussian())
                _ = window.index
            }
        }
        expectSurvives(after: 30) {
            PageHinkley(tolerance: 0.1, threshold: 3)
        } step: { detector, random in
            detector.update(random.gaussian())
        }
        expectSurvives(after: 30) {
            OrderFlowImbalance()
        } step: { flow, random in
            stepFlow(&flow, &random)
        }
        expectSurvives(after: 3) {
            TimedAverage(timeConstant: 10)
        } step: { average, random in
            average.update(random.gaussian(), at: Timestamp(nanoseconds: Int64(bitPattern: random.next() >> 1)))
        }
    }
}
