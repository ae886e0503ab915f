// SPDX-License-Identifier: MIT
import Testing

@Suite struct KnownSeriesTests {
    @Test func `the series D1 has its known ends and sums`() {
        let series = seriesD1()
        #expect(isClose(series[0].x, 100.08301262737773, 1e-15))
        #expect(isClose(series[0].y, 155.16030637185654, 1e-15))
        #expect(isClose(series[499].x, 95.17592948734112, 1e-15))
        #expect(isClose(series[499].y, 147.889586340971, 1e-15))
        #expect(isClose(series.map(\.x).reduce(0, +), 50556.91795975291, 1e-14))
        #expect(isClose(series.map(\.y).reduce(0, +), 78236.52352416406, 1e-14))
    }
}
