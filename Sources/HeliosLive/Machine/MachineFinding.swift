// SPDX-License-Identifier: MIT

/// How a machine's setting serves low latency.
public enum MachineVerdict: String, Sendable, Codable, CaseIterable {
    case good
    /// It works; another value gives shorter or steadier latency.
    case improvable
    /// It loses data or costs latencies far above those that the rest is tuned for.
    case bad
    /// This machine, or this process's rights, do not show it.
    case unknown
}

/// The part of a machine that a finding is about.
public enum MachineArea: String, Sendable, Codable, CaseIterable {
    case processor, memory, clock, network, system
}

/// One property of a machine: what it is, what it should be, why, and what changes it.
public struct MachineFinding: Sendable, Codable, Equatable {
    /// A stable name, `area.property`.
    public var name: String
    public var area: MachineArea
    public var verdict: MachineVerdict
    /// The value found, in the machine's words where it has one.
    public var found: String
    /// The value wanted.
    public var wanted: String
    /// What the value does to latency.
    public var why: String
    /// The command that sets the value wanted, or shows more where no command can set it; nil when there is nothing to do.
    public var fix: String?
}

/// What a machine says of itself by system calls instead of files.
public struct MachineFacts: Sendable, Equatable {
    /// The kernel's clock discipline (`adjtimex`).
    public struct ClockState: Sendable, Equatable {
        /// Whether something keeps the clock in step.
        public var isSynchronized: Bool
        /// The kernel's bound of the error, microseconds.
        public var errorMax: Int
        /// Its estimate of the error, microseconds.
        public var errorEstimate: Int

        public init(isSynchronized: Bool, errorMax: Int, errorEstimate: Int) {
            self.isSynchronized = isSynchronized
            self.errorMax = errorMax
            self.errorEstimate = errorEstimate
        }
    }

    /// How long a network card waits before it interrupts.
    public struct Coalescing: Sendable, Equatable {
        /// Microseconds from a packet to the interrupt.
        public var receiveMicroseconds: Int
        /// Whether the card changes the time by itself.
        public var isAdaptive: Bool

        public init(receiveMicroseconds: Int, isAdaptive: Bool) {
            self.receiveMicroseconds = receiveMicroseconds
            self.isAdaptive = isAdaptive
        }
    }

    public var clock: ClockState?
    /// By interface name; interfaces whose driver does not say are missing.
    public var coalescing: [String: Coalescing]

    public init(clock: ClockState? = nil, coalescing: [String: Coalescing] = [:]) {
        self.clock = clock
        self.coalescing = coalescing
    }
}
