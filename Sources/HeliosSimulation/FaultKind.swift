// SPDX-License-Identifier: MIT

/// How orders get to the venue and its answers back.
public enum OrderPath: String, CaseIterable, Sendable {
    /// Records, to a venue that knows epochs.
    case records
    /// OUCH 5.0 in SoupBinTCP, as bytes, to an exchange; its feed is its own.
    case ouch
}

/// What the simulator breaks on purpose, by the identifiers of the fault plan.
public enum FaultKind: String, CaseIterable, Sendable {
    case packetLoss = "N1 packet loss, one line"
    case burstLoss = "N2 loss on both lines, same range"
    case disorder = "N3 duplicate, reorder, delay"
    case skew = "N4 A/B skew, one line dead"
    case conflict = "N4 lines disagree in content"
    case garbage = "N5 truncated, oversized, garbage packet"
    case partition = "N7 partition core/venue/standby, one-way too"
    case disconnect = "G1 disconnect at any message"
    case duplicateReport = "G4 duplicate, late reports"
    case lostAnswer = "G5 acknowledgement lost"
    case unsolicitedCancel = "G6 unsolicited cancel"
    case silentVenue = "G7 order swallowed, nobody answers"
    case refusedCancel = "G7 cancel refused"
    case halt = "G8 halts"
    case tornWrite = "D1 kill inside a write: torn tail"
    case bitFlip = "D2 bit flip in the journal"
    case powerCut = "D3 power cut: unsynced sectors lost or reordered"
    case syncFailure = "D4 sync fails once"
    case diskFull = "D5 disk full"
    case snapshotDamage = "D6 snapshot damaged or of another version"
    case kill = "P1 kill of the core or the standby"
    case pause = "P2 pause, then resume"
    case killInRecovery = "P4 crash during recovery and failover"
    case clock = "C1 clock offset and drift between nodes"
    case operatorKill = "kill switch thrown"
    case flood = "X2 strategy floods"
    case slowConsumer = "N6 slow consumer, full buffers"
    case pieces = "G2 partial and coalesced reads and writes"
    case sessionReset = "G3 session reset: venue restarts"
    case halfOpen = "G1 half-open connection, one side sees it"

    /// Those that need byte streams.
    static let wireOnly: [FaultKind] = [.slowConsumer, .pieces, .sessionReset, .halfOpen]
    /// Those of both paths.
    static let common = allCases.filter { !wireOnly.contains($0) }

    /// Faults of the plan that wait for parts which do not exist yet, with what they wait for.
    public static let waiting: [(fault: String, reason: String)] = [
        ("G6 trade bust, correction, overfill", "busts and corrections"),
        ("D5 read-only, quota, slow disk", "told apart from a full disk only by the real disk"),
        ("P3 memory cap, descriptors gone", "processes: the crash harness's job"),
        ("X1 configuration swap", "control API"),
        ("X3 model file damaged", "model files"),
        ("X4 hostile bytes on the control API", "control API"),
    ]
}

/// Which faults exist in one run, and how strong each is, 0 to 1.
public struct FaultPlan: Sendable, Equatable {
    public private(set) var strengths: [FaultKind: Double] = [:]

    /// Nothing is broken.
    public init() {}

    /// Draws a plan: a tenth of the seeds have no fault, a third at most two, the others any number.
    ///
    /// What the path of bytes adds is drawn behind the rest, so that a seed's other faults are those that it has without.
    init(_ random: inout SimulationRandom, path: OrderPath) {
        self.init(common: &random)
        guard path == .ouch, !strengths.isEmpty else { return }
        for kind in FaultKind.wireOnly where random.uniform() < 0.4 { strengths[kind] = random.uniform() }
    }

    private init(common random: inout SimulationRandom) {
        let dice = random.uniform()
        if dice < 0.1 { return }
        if dice < 0.43 {
            for _ in 0..<random.below(2) + 1 {
                let kind = FaultKind.common[random.below(FaultKind.common.count)]
                strengths[kind] = random.uniform()
            }
            return
        }
        let share = random.uniform()
        for kind in FaultKind.common where random.uniform() < share { strengths[kind] = random.uniform() }
    }

    public func has(_ kind: FaultKind) -> Bool { strengths[kind] != nil }

    func strength(_ kind: FaultKind) -> Double { strengths[kind] ?? 0 }

    /// The kinds, in the order of their declaration.
    public var kinds: [FaultKind] { FaultKind.allCases.filter(has) }

    mutating func remove(_ kind: FaultKind) { strengths[kind] = nil }
}
