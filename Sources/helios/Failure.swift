// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosBook
import HeliosConfiguration
import HeliosEngine
import HeliosResearch
import HeliosStore
import HeliosSurveillance
import HeliosSweep

/// What the exit codes of every verb mean.
enum Outcome: Int32 {
    case done = 0
    /// The work ran and the answer is "no".
    case no = 1
    /// Wrong usage or configuration.
    case usage = 2
    /// Input data damaged or missing, or a file can't be written.
    case data = 3
    /// Refused by risk or permission.
    case refused = 4
    /// A venue or service can't be reached.
    case unreachable = 5
    /// A fault of ours.
    case fault = 70
    /// Stopped by Ctrl-C.
    case interrupted = 130

    static let documentation = """
        Exit codes: 0 done; 1 the work ran and the answer is "no"; 2 wrong usage or configuration; 3 input data \
        damaged or missing, or a file can't be written; 4 refused by risk or permission; 5 a venue or service can't be \
        reached; 70 a fault of ours; 130 stopped by Ctrl-C.
        """
}

/// Why a verb could not do its work: what the user reads, and the exit code.
struct Failure: Error {
    var outcome: Outcome
    /// One problem a line.
    var text: String
    /// What the user may do about it.
    var hint: String?

    init(_ outcome: Outcome, _ text: String, hint: String? = nil) {
        self.outcome = outcome
        self.text = text
        self.hint = hint
    }

    /// Sorts the errors of the modules below by what a user can do about them.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ConfigurationErrors: self.init(.usage, "\(error)")
        case let error as StoreError: self.init(.data, "\(error)")
        case let error as DataFileError: self.init(.data, "\(error)")
        case let error as InspectionError: self.init(Failure.outcome(of: error), "\(error)")
        case let error as ResultsError: self.init(.data, "\(error)")
        case let error as BookCapacityError: self.init(.usage, "\(error)")
        case let error as JournalError: self.init(.data, "\(error)")
        case let error as DiskError: self.init(.data, "\(error)")
        case let error as CostReportError: self.init(.data, "\(error)")
        case let error as EvidenceError: self.init(.data, "\(error)")
        case let error as RecordedSessionError: self.init(.data, "\(error)")
        case let error as SweepStoreError: self.init(.data, "\(error)", hint: error.hint)
        case let error as SweepProblem: self.init(.usage, "\(error)")
        case let error as CocoaError: self.init(.data, Failure.text(error))
        default: self.init(.fault, "\(error); please report this")
        }
    }

    private static func outcome(of error: InspectionError) -> Outcome {
        switch error {
        case .unknownSymbol: .data
        case .symbolNeeded: .usage
        }
    }

    private static func text(_ error: CocoaError) -> String {
        let path = (error.userInfo[NSFilePathErrorKey] as? String).map { "\($0): " } ?? ""
        return path
            + (error.userInfo[NSUnderlyingErrorKey] as? POSIXError)
            .map { String(cString: strerror($0.code.rawValue)) }.or(error.localizedDescription)
    }

    /// `path: reason` for the operating system's last error.
    static func system(_ path: String) -> Failure {
        Failure(.data, "\(path): \(String(cString: strerror(errno)))")
    }
}

extension Optional where Wrapped == String {
    fileprivate func or(_ other: String) -> String { self ?? other }
}
