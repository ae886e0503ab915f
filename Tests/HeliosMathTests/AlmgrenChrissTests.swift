// SPDX-License-Identifier: MIT
import HeliosMath
import Testing

@Suite("Almgren and Chriss against published answers")
struct AlmgrenChrissTests {
    private func order(_ riskAversion: Double) throws -> AlmgrenChriss {
        try #require(
            AlmgrenChriss(
                quantity: 1e6,
                time: 5,
                slices: 5,
                volatility: 0.95,
                fixedCost: 0.0625,
                permanent: 2.5e-7,
                temporary: 2.5e-6,
                riskAversion: riskAversion
            )
        )
    }

    @Test func `Almgren and Chriss's trajectory, cost and risk`() throws {
        let order = try order(1e-6)
        #expect(isClose(order.urgency, 0.6070761632470627, 1e-9))
        let left = order.trajectory
        let known = [541_955.55, 289_854.22, 147_897.49, 62_141.80, 0]
        #expect(left.count == 5 && zip(left, known).allSatisfy { abs($0 - $1) < 0.005 })
        #expect(isClose(order.cost(of: left).expected, 911_226.9863037935, 1e-9))
        #expect(isClose(order.cost(of: left).variance.squareRoot(), 603_430.6688080587, 1e-9))
        let hasty = try self.order(2e-6)
        #expect(isClose(hasty.urgency, 0.8462971345012561, 1e-9))
        #expect(isClose(hasty.cost(of: hasty.trajectory).expected, 1_140_715.167049785, 1e-9))
        #expect(isClose(order.cost(of: order.evenTrajectory).expected, 662_500, 1e-9))
        #expect(isClose(order.cost(of: order.evenTrajectory).variance.squareRoot(), 1_040_672.8592598157, 1e-9))
    }

    @Test func `without aversion to risk the slices are even, and nearly even just above`() throws {
        #expect(try order(0).trajectory == order(0).evenTrajectory)
        let almost = try order(1e-14)
        #expect(zip(almost.trajectory, almost.evenTrajectory).allSatisfy { abs($0 - $1) < 1 })
    }

    @Test func `an order that makes no sense has no trajectory`() {
        func order(_ time: Double, _ slices: Int, _ temporary: Double, _ quantity: Double = 1) -> AlmgrenChriss? {
            AlmgrenChriss(
                quantity: quantity,
                time: time,
                slices: slices,
                volatility: 1,
                fixedCost: 0,
                permanent: 1,
                temporary: temporary,
                riskAversion: 1
            )
        }
        #expect(order(1, 1, 1) != nil)
        #expect(order(0, 1, 1) == nil && order(1, 0, 1) == nil)
        #expect(order(1, 1, 0.5) == nil, "η must exceed γ τ / 2")
        #expect(order(1, 1, 1, .nan) == nil && order(1, 1, 1, -1) == nil)
    }

    @Test func `the ratio of hyperbolic sines holds where each alone is too large`() {
        #expect(isClose(RealMath.sinhRatio(2, 3), RealMath.sinh(2) / RealMath.sinh(3), 1e-14))
        #expect(isClose(RealMath.sinhRatio(0.002, 0.003), 2.0 / 3, 1e-6))
        #expect(isClose(RealMath.sinhRatio(1_999, 2_000), 0.36787944117144233, 1e-12))
        #expect(RealMath.sinhRatio(0, 5) == 0 && RealMath.sinhRatio(5, 5) == 1)
    }

    @Test func `spread and volume make an order as the paper's example has it`() throws {
        // Section 3.1: a spread of 1/8 and five million shares a day.
        let order = try #require(
            AlmgrenChriss.calibrated(
                quantity: 1e6,
                time: 5,
                slices: 5,
                spread: 0.125,
                dailyVolume: 5e6,
                dailyVolatility: 0.95,
                riskAversion: 1e-6
            )
        )
        #expect(isClose(order.fixedCost, 0.0625, 1e-15) && isClose(order.permanent, 2.5e-7, 1e-12))
        #expect(isClose(order.temporary, 2.5e-6, 1e-12) && isClose(order.urgency, 0.6070761632470627, 1e-9))
    }
}
