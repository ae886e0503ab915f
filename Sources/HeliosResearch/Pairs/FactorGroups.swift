// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal

/// Groups of instruments that move with the same factors, found from their prices: sectors without a list of sectors.
///
/// The direction that all share, the market, is taken out of the loadings; what is left points to the factor that sets a
/// group apart. k-means with one group fewer than factors (Lloyd 1982), begun as by Arthur and Vassilvitskii 2007, the best
/// of twenty beginnings. The same input gives the same groups.
public enum FactorGroups {
    /// The group of each series, from 0.
    public static func find(_ factors: FactorAnalysis) -> [Int] {
        let (rows, columns) = (factors.loadings.rows, factors.loadings.columns)
        guard columns >= 3 else { return Array(repeating: 0, count: rows) }
        let points = directions(factors.loadings)
        var random = SeededRandom(seed: 1)
        var best: (cost: Double, groups: [Int])?
        for _ in 0..<20 {
            let found = cluster(points, count: columns - 1, &random)
            if best.map({ found.cost < $0.cost }) ?? true { best = found }
        }
        return best?.groups ?? Array(repeating: 0, count: rows)
    }

    /// Loadings of length one, without the part that all have in common.
    private static func directions(_ loadings: Matrix) -> [[Double]] {
        let lines = (0..<loadings.rows).map { row in unit((0..<loadings.columns).map { loadings[row, $0] }) }
        let market = unit(lines[0].indices.map { factor in lines.reduce(0.0) { $0 + $1[factor] } })
        return (0..<loadings.rows).map { row in
            let line = (0..<loadings.columns).map { loadings[row, $0] }
            let shared = zip(line, market).reduce(0.0) { $0 + $1.0 * $1.1 }
            return unit(zip(line, market).map { $0 - shared * $1 })
        }
    }

    private static func unit(_ vector: [Double]) -> [Double] {
        let length = vector.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }

    private static func cluster(
        _ points: [[Double]],
        count: Int,
        _ random: inout SeededRandom
    ) -> (cost: Double, groups: [Int]) {
        var centres = seeds(points, count: count, &random)
        var groups = Array(repeating: -1, count: points.count)
        var cost = 0.0
        for _ in 0..<100 {
            cost = 0
            var isSettled = true
            for (place, point) in points.enumerated() {
                let nearest = nearest(point, centres)
                cost += nearest.distance
                if groups[place] != nearest.index { isSettled = false }
                groups[place] = nearest.index
            }
            if isSettled { break }
            centres = means(points, groups, centres)
        }
        return (cost, groups)
    }

    /// The first centre at random, each further one with a chance that grows with the square of its distance.
    private static func seeds(_ points: [[Double]], count: Int, _ random: inout SeededRandom) -> [[Double]] {
        var centres = [points[Int(random.uniform() * Double(points.count))]]
        while centres.count < count {
            let distances = points.map { nearest($0, centres).distance }
            var left = random.uniform() * distances.reduce(0, +)
            var chosen = points.count - 1
            for (place, distance) in distances.enumerated() {
                left -= distance
                if left <= 0 {
                    chosen = place
                    break
                }
            }
            centres.append(points[chosen])
        }
        return centres
    }

    private static func nearest(_ point: [Double], _ centres: [[Double]]) -> (index: Int, distance: Double) {
        var best = (index: 0, distance: Double.infinity)
        for (index, centre) in centres.enumerated() {
            var distance = 0.0
            for place in point.indices {
                let gap = point[place] - centre[place]
                distance += gap * gap
            }
            if distance < best.distance { best = (index, distance) }
        }
        return best
    }

    /// The middle of each group; an empty one stays where it was.
    private static func means(_ points: [[Double]], _ groups: [Int], _ centres: [[Double]]) -> [[Double]] {
        var sums = centres.map { $0.map { _ in 0.0 } }
        var counts = Array(repeating: 0.0, count: centres.count)
        for (point, group) in zip(points, groups) {
            counts[group] += 1
            for place in point.indices { sums[group][place] += point[place] }
        }
        return centres.indices.map { group in
            counts[group] > 0 ? sums[group].map { $0 / counts[group] } : centres[group]
        }
    }
}
