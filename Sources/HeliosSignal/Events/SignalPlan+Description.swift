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
                bytes: sizes[$0] * 8 + MemoryLayout<NodeValue>.stride,
                rules: readers[$0]
            )
        }
    }
}
