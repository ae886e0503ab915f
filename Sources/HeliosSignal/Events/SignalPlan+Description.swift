// SPDX-License-Identifier: MIT

extension SignalPlan {
    /// A node for people.
    public struct Step: Sendable, Equatable {
        /// Its number, by which others name it as `#5`.
        public let number: Int
        public let text: String
        /// Bytes of state.
        public let bytes: Int
        /// Names of the rules that read it directly.
        public let rules: [String]
        /// Whether it is computed with others of its shape in one pass, not by itself.
        public let isInLane: Bool
    }

    /// All nodes in the order in which they are computed.
    public var steps: [Step] {
        var readers: [[String]] = Array(repeating: [], count: nodes.count)
        for (place, output) in outputs.enumerated() {
            let columns = outputColumns[Int(output.firstColumn)..<Int(output.firstColumn + output.columnCount)]
            for node in Set([output.trigger] + columns) { readers[Int(node)].append(rules[place].name) }
        }
        return nodes.indices.map {
            Step(
                number: $0,
                text: names[$0],
                bytes: bytes(of: $0),
                rules: readers[$0],
                isInLane: roles[$0] == .lane || roles[$0] == .part
            )
        }
    }

    /// Bytes that a node keeps; what a lane keeps stands with its window.
    private func bytes(of node: Int) -> Int {
        let value = MemoryLayout<NodeValue>.stride
        guard roles[node] == .lane else { return (sizes[node].reals + sizes[node].words) * 8 + value }
        guard nodes[node].operation == .window else { return value }
        let lane = lanes[Int(laneOf[node])]
        return lane.ringSize * 8 + MemoryLayout<LaneState>.stride + MemoryLayout<LaneClock>.stride + value
    }
}
