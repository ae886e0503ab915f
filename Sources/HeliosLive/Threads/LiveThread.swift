// SPDX-License-Identifier: MIT
import CHelios
import Foundation

/// What a thread should be.
public struct ThreadPlan: Sendable {
    /// Shown by `top -H` and debuggers; Linux keeps 15 bytes.
    public var name: String
    /// The only processor that it may run on; nil leaves it to the scheduler.
    public var processor: Int?
    /// 1 to 99: before all ordinary threads, and those of lower number; nil is an ordinary thread.
    public var realtimePriority: Int?

    public init(name: String, processor: Int? = nil, realtimePriority: Int? = nil) {
        self.name = name
        self.processor = processor
        self.realtimePriority = realtimePriority
    }
}

/// What the system would not give a thread.
public struct ThreadRefusal: Sendable, Equatable, CustomStringConvertible {
    /// What was asked for.
    public enum Wish: String, Sendable {
        case processor, realtimePriority, lockedMemory
    }

    public let wish: Wish
    /// The operating system's words.
    public let reason: String

    init(_ wish: Wish, _ code: Int32) {
        self.wish = wish
        reason = String(cString: strerror(code))
    }

    public var description: String {
        switch wish {
        case .processor: "not pinned: \(reason)"
        case .realtimePriority: "no real-time priority: \(reason)"
        case .lockedMemory: "memory not locked: \(reason)"
        }
    }
}

/// A thread of a live system: named, pinned and raised as far as the system allows; what it refuses is told.
///
/// ```swift
/// let feed = LiveThread(ThreadPlan(name: "feed", processor: 2)) { receive() }
/// for refusal in feed.refusals { log("\(refusal)") }
/// feed.join()
/// ```
public final class LiveThread: Sendable {
    /// What of the plan the system refused; the thread runs nevertheless.
    public let refusals: [ThreadRefusal]
    private let ended: DispatchSemaphore

    /// Starts a thread and returns when it is what the plan says.
    public init(_ plan: ThreadPlan, _ body: @escaping @Sendable () -> Void) {
        let ended = DispatchSemaphore(value: 0)
        let ready = DispatchSemaphore(value: 0)
        let outcome = Outcome()
        let thread = Thread {
            outcome.refusals = LiveThread.apply(plan)
            ready.signal()
            body()
            ended.signal()
        }
        thread.name = plan.name
        thread.stackSize = 1 << 20
        thread.start()
        ready.wait()
        self.ended = ended
        refusals = outcome.refusals
    }

    /// Waits until the thread has ended.
    public func join() {
        ended.wait()
        // For whoever asks again.
        ended.signal()
    }

    /// Makes the calling thread what the plan says; what the system refused.
    public static func apply(_ plan: ThreadPlan) -> [ThreadRefusal] {
        // A name is a convenience: nothing depends on it.
        _ = helios_thread_name(plan.name)
        var refusals: [ThreadRefusal] = []
        if let processor = plan.processor {
            let code = helios_thread_pin(Int32(clamping: processor))
            if code != 0 { refusals.append(ThreadRefusal(.processor, code)) }
        }
        if let priority = plan.realtimePriority {
            let code = helios_thread_realtime(Int32(clamping: priority))
            if code != 0 { refusals.append(ThreadRefusal(.realtimePriority, code)) }
        }
        return refusals
    }

    /// The processor that the calling thread runs on; nil where the system does not say.
    public static var processor: Int? {
        let number = helios_thread_processor()
        return number < 0 ? nil : Int(number)
    }

    /// Keeps the process's memory from being swapped out, now and later; why not, when the system refuses.
    public static func lockMemory() -> ThreadRefusal? {
        let code = helios_memory_lock()
        return code == 0 ? nil : ThreadRefusal(.lockedMemory, code)
    }

    /// Written by the thread before `ready`, read after it.
    private final class Outcome: @unchecked Sendable {
        var refusals: [ThreadRefusal] = []
    }
}
