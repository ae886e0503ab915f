// SPDX-License-Identifier: MIT
import HeliosMarket

/// One side of one execution.
struct FixExecutionKey: Hashable {
    var match: UInt64
    var id: UInt64
}

/// What was told of one side of an execution.
struct FixExecution {
    /// ExecID.
    var id: UInt64
    var quantity: Quantity
    var price: Price
}

/// Executions that may still be undone: the last of them, in memory that is bounded.
struct FixExecutions {
    private var told: [FixExecutionKey: FixExecution] = [:]
    private var keys: [FixExecutionKey] = []
    private var place = 0

    /// Both sides of as many trades as the engine remembers.
    private static let most = 1 << 17

    subscript(key: FixExecutionKey) -> FixExecution? { told[key] }

    mutating func remember(_ key: FixExecutionKey, _ execution: FixExecution) {
        told[key] = execution
        guard keys.count >= FixExecutions.most else { return keys.append(key) }
        told[keys[place]] = nil
        keys[place] = key
        place = (place + 1) % FixExecutions.most
    }
}
